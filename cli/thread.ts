/** What a thread of this program does, by the data that it was started with. */
import { workerData } from 'node:worker_threads';

export async function runThread(): Promise<void> {
  const data: unknown = workerData;
  const { isEngineData, runEngineThread } = await import('../debug-adapter/dap/engine-thread.ts');
  if (isEngineData(data)) {
    runEngineThread();
    return;
  }
  const { isExploreData } = await import('./explore/messages.ts');
  if (isExploreData(data)) {
    const { runExploreThread } = await import('./explore/worker.ts');
    runExploreThread();
    return;
  }
  const { runPromptThread } = await import('./prompt-thread.ts');
  await runPromptThread();
}
