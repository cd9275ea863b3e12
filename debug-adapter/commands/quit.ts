/** `::quit`: ends the session. */
import type { Dcmd } from './command.ts';

export const quit: Dcmd = {
  name: 'quit',
  aliases: ['$q', '$Q', '$%'],
  address: 'none',
  summary: 'quit debugger',
  origin: 'mdb',
  *run({ session }) {
    session.quit();
    yield* [];
  },
};
