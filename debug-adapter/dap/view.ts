/** What every answer about an open dump is made with: the target, the client, and the numbers handed out to it. */
import type { SourceLine } from '../../dump-format/debug-info.ts';
import { LookupError } from '../../dump-format/errors.ts';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Target } from '../target/target.ts';
import type { Client } from './client.ts';
import type { SourceTable } from './sources.ts';

export interface View {
  readonly target: Target;
  readonly client: Client;
  readonly sources: SourceTable;
  readonly containers: References<Container>;
  readonly locations: References<SourceLine>;
}

/** Something that opens into variables. Nothing is read before it is opened. */
export interface Container {
  /** Children with names, then children with numbers. */
  readonly named: number;
  readonly indexed: number;
  child(index: number, format: ValueFormat): DebugProtocol.Variable;
}

/** How the client wants numbers. */
export interface ValueFormat {
  readonly isHexadecimal: boolean;
}

/** Numbers above 0 for things that the client asks for later. They stay good while the dump is open, since a dump never changes. */
export class References<Thing> {
  private readonly what: string;
  private readonly things: Thing[] = [];

  /** @param what for messages: `variables`, `location` */
  constructor(what: string) {
    this.what = what;
  }

  add(thing: Thing): number {
    this.things.push(thing);
    return this.things.length;
  }

  /** @throws LookupError for a number that was never handed out */
  get(reference: number): Thing {
    const thing = this.things[reference - 1];
    if (thing === undefined)
      throw new LookupError(`there is no ${this.what} reference ${reference}`);
    return thing;
  }
}
