/** What a thread of this program does, by the data that it was started with. */
import { workerData } from 'node:worker_threads';

export async function runThread(): Promise<void> {
  const data: unknown = workerData;
  const { isEngineData, runEngineThread } = await import('../debug-adapter/dap/engine-thread.ts');
  if (isEngineData(data)) {
    runEngineThread();
    return;
  }
  const { runPromptThread } = await import('./prompt-thread.ts');
  await runPromptThread();
}
