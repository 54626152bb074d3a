export const errors = {
  network: 'The hub cannot be reached. Check your connection.',
  denied: 'Your role may not do this. An administrator of the organization can.',
  notFound: 'It is not there, or not yours to see.',
  changed: 'Somebody changed this in the meantime. It was loaded again; please look and try once more.',
  throttled: 'That was too often. Wait a little.',
  unavailable: 'The hub cannot answer right now. Try again shortly.',
  reference: 'Request {{id}}',
};
