type Candidate = { readonly id: string; readonly weight: number };

export type WeightedTurns = {
  /** The candidate whose turn it is within a group; `undefined` when there is none. */
  readonly next: <Each extends Candidate>(group: string, candidates: readonly Each[]) => Each | undefined;
  /** The same, without taking the turn. */
  readonly peek: <Each extends Candidate>(group: string, candidates: readonly Each[]) => Each | undefined;
  /** Forgets all groups but these. */
  readonly retain: (isKept: (group: string) => boolean) => void;
};

/**
 * Smooth weighted round robin: each turn every candidate gains its weight, the one with most goes and pays the sum. Over
 * any run as long as the sum of the weights each goes as often as its weight, and heavy ones are spread out. The gains of
 * a group live on while candidates come and go. https://nginx.org/en/docs/http/ngx_http_upstream_module.html#upstream
 */
export function createWeightedTurns(): WeightedTurns {
  const groups = new Map<string, Map<string, number>>();
  return {
    next: (group, candidates) => {
      const [only] = candidates;
      if (candidates.length < 2) return only;
      const gains = groups.get(group) ?? new Map<string, number>();
      groups.set(group, gains);
      return takeTurn(gains, candidates);
    },
    peek: (group, candidates) => {
      const [only] = candidates;
      return candidates.length < 2 ? only : takeTurn(new Map(groups.get(group)), candidates);
    },
    retain: (isKept) => {
      for (const group of groups.keys()) if (!isKept(group)) groups.delete(group);
    },
  };
}

function takeTurn<Each extends Candidate>(gains: Map<string, number>, candidates: readonly Each[]): Each | undefined {
  let chosen: Each | undefined;
  let most = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const candidate of candidates) {
    const gain = (gains.get(candidate.id) ?? 0) + candidate.weight;
    gains.set(candidate.id, gain);
    sum += candidate.weight;
    if (gain > most) {
      most = gain;
      chosen = candidate;
    }
  }
  if (chosen !== undefined) gains.set(chosen.id, most - sum);
  return chosen;
}
