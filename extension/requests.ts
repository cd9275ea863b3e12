/** Custom requests with their types: the adapter is of the same package, so its answers are what `protocol.ts` says. */
import type * as vscode from 'vscode';
import type { CustomRequests } from '../debug-adapter/dap/protocol.ts';

/** @throws Error with the adapter's message when it refuses */
export async function request<Command extends keyof CustomRequests>(
  session: vscode.DebugSession,
  command: Command,
  words?: CustomRequests[Command]['arguments'],
): Promise<CustomRequests[Command]['body']> {
  const body: CustomRequests[Command]['body'] = await session.customRequest(command, words);
  return body;
}
