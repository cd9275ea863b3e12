/** Dumps cut off at a sample of their bytes; `npm run fuzz -- --truncate` cuts them at each. */
import { guard } from './guard.ts';
import { openDoors } from './doors.ts';
import { checkTruncation, wholeDumps } from './truncate.ts';

/** Cuts of one dump. */
const cuts = 60;

/** Not a divisor of the sizes that headers and tables have, so that cuts fall into all parts of them. */
const stride = 1.0173;

describe('a truncated dump', function () {
  this.timeout(120_000);
  let unguard: () => void;

  before(async () => {
    await openDoors();
    unguard = guard();
  });
  after(() => unguard());

  for (const [name, whole] of wholeDumps)
    it(`(${name}) gives what is there, and says what is missing`, async () => {
      const sizes = new Set(
        Array.from({ length: cuts }, (_, index) =>
          Math.floor((whole.length - 1) * ((index / cuts) * stride) ** 2),
        ).filter((size) => size < whole.length),
      );
      for (const size of [...sizes, whole.length - 1])
        try {
          await checkTruncation(whole, size);
        } catch (error) {
          throw new Error(`${name}, its first ${size} bytes: ${String(error)}`, { cause: error });
        }
    });
});
