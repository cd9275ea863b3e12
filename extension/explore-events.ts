/** What `corewalk explore --json` says, a line at a time. */

export type ExploreEvent =
  | {
      readonly kind: 'progress';
      /** Schedules tried, and those that failed. */
      readonly seen: number;
      readonly failed: number;
      readonly schedulesPerSecond: number;
      readonly secondsLeft: number | undefined;
    }
  | {
      readonly kind: 'found';
      /** The failure in words. */
      readonly failure: string;
      /** Schedules that ended so. */
      readonly count: number;
      /** Departures from the simplest schedule, or switches of the script. */
      readonly switches: number;
      /** Path of the dump; undefined when none could be taken. */
      readonly dump: string | undefined;
    }
  | {
      readonly kind: 'end';
      readonly seen: number;
      readonly failed: number;
      /** Every schedule within the bound was tried. */
      readonly isComplete: boolean;
    };

/** Undefined for a line that says nothing of these. */
export function readExploreEvent(line: string): ExploreEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const number = (name: string): number => {
    const found = fields.get(name);
    return typeof found === 'number' ? found : 0;
  };
  const text = (name: string): string | undefined => {
    const found = fields.get(name);
    return typeof found === 'string' ? found : undefined;
  };
  const counts = { seen: number('seen'), failed: number('failed') };
  switch (fields.get('kind')) {
    case 'progress': {
      const secondsLeft = fields.has('secondsLeft') ? number('secondsLeft') : undefined;
      const schedulesPerSecond = number('schedulesPerSecond');
      return { kind: 'progress', ...counts, schedulesPerSecond, secondsLeft };
    }
    case 'found': {
      const failure = text('failure') ?? '';
      const [count, switches] = [number('count'), number('switches')];
      return { kind: 'found', failure, count, switches, dump: text('dump') };
    }
    case 'end':
      return { kind: 'end', ...counts, isComplete: fields.get('isComplete') === true };
    default:
      return undefined;
  }
}
