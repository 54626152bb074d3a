import {
  addCredits,
  lessCredits,
  minCredits,
  type NanoCredits,
  NO_CREDITS,
  negateCredits,
} from '../../kernel/money.ts';
import type { KitMove, KitStandingGrant } from '../kit-ports.ts';

/** A grant as both sides have it. */
export type ComparedGrant = KitStandingGrant & { readonly thereNano: NanoCredits };

/** What is compared, of grants that are in force on both sides. */
export type Compared = {
  readonly grants: readonly ComparedGrant[];
  /** Used here, and surely not told. */
  readonly untoldNano: NanoCredits;
  /** In messages that may have arrived, or not. */
  readonly waitingNano: NanoCredits;
  /** Used there and taken of no grant yet, before and after the grants were read. */
  readonly pendingNano: readonly [NanoCredits, NanoCredits];
};

/** How much more was used elsewhere than was taken for that: so much at least, and no more than that. Below zero: less. */
export type UsedElsewhere = { readonly leastNano: NanoCredits; readonly mostNano: NanoCredits };

/** What follows from it. */
export type Mirrored = {
  readonly moves: readonly KitMove[];
  /** Used elsewhere, and not to be taken yet: calls hold it, or have used it. */
  readonly toTakeNano: NanoCredits;
};

/**
 * All grants together: in which order they are used is decided on either side, so that one of them alone says nothing. What is
 * left here is what remains there, less what was used here and is not taken there yet; what is less there was used elsewhere.
 */
export function usedElsewhereOf({ grants, untoldNano, waitingNano, pendingNano }: Compared): UsedElsewhere {
  const leftNano = sumOf(grants, (grant) => grant.leftNano);
  const thereNano = sumOf(grants, (grant) => grant.thereNano);
  const [before, after] = pendingNano;
  const pendingLeastNano = minCredits(before, after);
  // What moved between the two questions was taken of the grants before they were read, or after.
  const movedNano = lessCredits(addCredits(before, after), addCredits(pendingLeastNano, pendingLeastNano));
  const leastNano = addCredits(lessCredits(leftNano, thereNano), addCredits(untoldNano, pendingLeastNano));
  return { leastNano, mostNano: addCredits(leastNano, addCredits(waitingNano, movedNano)) };
}

/** Takes what was surely used elsewhere, and gives back what surely was not. */
export function mirrored(grants: readonly ComparedGrant[], { leastNano, mostNano }: UsedElsewhere): Mirrored {
  if (leastNano > NO_CREDITS) {
    const taken = share(grants, leastNano, {
      first: ({ leftNano, thereNano }) => lessCredits(leftNano, thereNano),
      most: ({ leftNano, heldNano }) => lessCredits(leftNano, heldNano),
    });
    const moves = taken.map(({ amountNano, ...move }) => ({ ...move, amountNano: negateCredits(amountNano) }));
    return {
      moves,
      toTakeNano: lessCredits(
        leastNano,
        sumOf(taken, (move) => move.amountNano),
      ),
    };
  }
  if (mostNano >= NO_CREDITS) return { moves: [], toTakeNano: NO_CREDITS };
  const moves = share(grants, negateCredits(mostNano), {
    first: ({ leftNano, thereNano }) => lessCredits(thereNano, leftNano),
    most: ({ elsewhereNano }) => elsewhereNano,
  });
  return { moves, toTakeNano: NO_CREDITS };
}

type Bounds = {
  /** By how much a grant moves before others do. */
  readonly first: (grant: ComparedGrant) => NanoCredits;
  /** And by how much at most. */
  readonly most: (grant: ComparedGrant) => NanoCredits;
};

/** Shares an amount out among grants: to each what is amiss with it, and what is over then as far as it goes. */
function share(grants: readonly ComparedGrant[], amountNano: NanoCredits, { first, most }: Bounds): readonly KitMove[] {
  let left = amountNano;
  const take = (bound: NanoCredits): NanoCredits => {
    const nano = bound > NO_CREDITS ? minCredits(bound, left) : NO_CREDITS;
    left = lessCredits(left, nano);
    return nano;
  };
  const begun = grants.map((grant) => ({ grant, nano: take(minCredits(first(grant), most(grant))) }));
  const all = begun.map(({ grant, nano }) => ({
    grantId: grant.id,
    amountNano: addCredits(nano, take(lessCredits(most(grant), nano))),
    takenNano: grant.elsewhereNano,
  }));
  return all.filter((move) => move.amountNano > NO_CREDITS);
}

function sumOf<Each>(list: readonly Each[], of: (each: Each) => NanoCredits): NanoCredits {
  return list.reduce<NanoCredits>((sum, each) => addCredits(sum, of(each)), NO_CREDITS);
}
