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
  const groups = new Map<string, Gains>();
  return {
    next: (group, candidates) => {
      const [only] = candidates;
      if (candidates.length < 2) return only;
      let gains = groups.get(group);
      if (gains === undefined) {
        gains = new Map();
        groups.set(group, gains);
      }
      return takeTurn(gains, candidates);
    },
    peek: (group, candidates) => {
      const [only] = candidates;
      return candidates.length < 2 ? only : takeTurn(copyOf(groups.get(group)), candidates);
    },
    retain: (isKept) => {
      for (const group of groups.keys()) if (!isKept(group)) groups.delete(group);
    },
  };
}

/** By the candidate's id. */
type Gains = Map<string, { gain: number }>;

function copyOf(gains: Gains | undefined): Gains {
  return new Map(Array.from(gains ?? [], ([id, { gain }]) => [id, { gain }]));
}

function takeTurn<Each extends Candidate>(gains: Gains, candidates: readonly Each[]): Each | undefined {
  let chosen: Each | undefined;
  let most: { gain: number } | undefined;
  let sum = 0;
  for (const candidate of candidates) {
    let own = gains.get(candidate.id);
    if (own === undefined) {
      own = { gain: 0 };
      gains.set(candidate.id, own);
    }
    own.gain += candidate.weight;
    sum += candidate.weight;
    if (most !== undefined && own.gain <= most.gain) continue;
    most = own;
    chosen = candidate;
  }
  if (most !== undefined) most.gain -= sum;
  return chosen;
}
