/** What the pages of pictures share: asking the adapter, and running lines in the debug console. */
import type { CustomRequests } from '../../debug-adapter/dap/protocol.ts';
import type {
  FromPicturePage,
  PictureName,
  PictureRequest,
  PictureSubject,
  ToPicturePage,
} from '../views/picture-messages.ts';
import { connect } from './host.ts';

export interface Picture {
  /** @throws Error with the adapter's message when it refuses */
  ask<Command extends PictureRequest>(
    command: Command,
    words: CustomRequests[Command]['arguments'] & object,
  ): Promise<CustomRequests[Command]['body']>;
  /** Runs an mdb line in the debug console. */
  run(line: string): void;
  /** Opens another picture. */
  open(picture: PictureName, subject: PictureSubject): void;
}

interface Waiting {
  // `never` lets one map hold the callbacks of requests with different bodies.
  readonly done: (body: never) => void;
  readonly fail: (error: Error) => void;
}

/** To be called once per page. `start` may be called again when the panel was hidden. */
export function connectPicture(start: (picture: Picture, subject: PictureSubject) => void): void {
  const host = connect<ToPicturePage<never>, FromPicturePage>();
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const picture: Picture = {
    ask: (command, words) =>
      new Promise((done, fail) => {
        const id = ++last;
        waiting.set(id, { done, fail });
        host.send({ type: 'ask', id, command, words });
      }),
    run: (line) => host.send({ type: 'run', line }),
    open: (name, subject) => host.send({ type: 'open', picture: name, subject }),
  };
  host.onMessage((message) => {
    if (message.type === 'start') {
      start(picture, message.subject);
      return;
    }
    const { done, fail } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.type === 'answer') done?.(message.body);
    else fail?.(new Error(message.text));
  });
  host.send({ type: 'ready' });
}
