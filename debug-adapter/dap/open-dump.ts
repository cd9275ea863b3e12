/** One dump while a client has it open: the engine, and every number handed out to the client. */
import type { SourceLine } from '../../dump-format/debug-info.ts';
import { CancelledError } from '../commands/command.ts';
import type { Inspector } from '../inspector.ts';
import { MachineTree } from '../views/tree.ts';
import type { Client } from './client.ts';
import { FrameTable, type StackEntry } from './frames.ts';
import type { LaunchAttributes } from './protocol.ts';
import type { Control } from './slices.ts';
import { SourceTable } from './sources.ts';
import { ThreadCursor } from './thread-cursor.ts';
import { ThreadList, type ListedThread } from './threads.ts';
import { References, type Container, type View } from './view.ts';

export class OpenDump {
  readonly inspector: Inspector;
  readonly attributes: LaunchAttributes;
  readonly view: View;
  readonly threads: ThreadList;
  readonly threadPages: ThreadCursor;
  readonly frames: FrameTable;
  readonly tree: MachineTree;
  /** Set by the session: a view wants a thread in the call stack. */
  onShowThread: ((thread: ListedThread) => void) | undefined;
  /** The request whose line the engine runs: what its checkpoints ask about. */
  active: Pick<Control, 'isCancelled'> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(inspector: Inspector, attributes: LaunchAttributes, client: Client) {
    const { target } = inspector;
    this.inspector = inspector;
    this.attributes = attributes;
    this.view = {
      target,
      client,
      sources: new SourceTable(target.dump, attributes.sourceMap),
      containers: new References<Container>('variables'),
      locations: new References<SourceLine>('location'),
    };
    this.threads = new ThreadList(target);
    this.threadPages = new ThreadCursor(() => target.threads());
    this.frames = new FrameTable(target);
    this.tree = new MachineTree(target);
  }

  /** Runs what changes the session (dot, variables) one after the other; reading goes on in between. */
  exclusively<Result>(
    control: Pick<Control, 'isCancelled'>,
    run: () => Promise<Result>,
  ): Promise<Result> {
    const result = this.last.then(async () => {
      if (control.isCancelled()) throw new CancelledError();
      this.active = control;
      try {
        return await run();
      } finally {
        this.active = undefined;
      }
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  /** The same, and dot is afterwards where it was: for what a view asks, and not the user. */
  exclusivelyAtDot<Result>(
    control: Pick<Control, 'isCancelled'>,
    run: () => Promise<Result>,
  ): Promise<Result> {
    const { session } = this.inspector;
    return this.exclusively(control, async () => {
      const { dot, increment, recentAddress } = session;
      try {
        return await run();
      } finally {
        session.dot = dot;
        session.increment = increment;
        session.recentAddress = recentAddress;
      }
    });
  }

  /** The frame that an editor selects first: the innermost one of the selected thread that does more than panic. */
  selectedFrame(): StackEntry | undefined {
    const stack = this.frames.stack(this.threads.selected);
    return stack.find((entry) => entry.frame && !entry.isPanicking) ?? stack[0];
  }

  close(): void {
    this.view.target.dump.close();
  }
}
