/** *New Dump from Scenario…*: a simulated machine runs into a real bug, and its dump opens. */
import * as vscode from 'vscode';
import { errorText } from '../error-text.ts';
import { listScenarios, simulate, type SimulationRequest } from '../simulator.ts';
import { chooseScenario, chooseVariant } from './choose-scenario.ts';
import { openDump } from './open-dump.ts';

/** Asks for scenario, variant and seed, runs the machine, opens the dump. */
export async function newDump(context: vscode.ExtensionContext): Promise<void> {
  try {
    const scenario = await chooseScenario(
      listScenarios(context),
      vscode.l10n.t('New Dump from Scenario (1/3)'),
    );
    const variant =
      scenario &&
      (await chooseVariant(
        scenario,
        vscode.l10n.t('New Dump from Scenario (2/3): {0}', scenario.name),
      ));
    if (scenario === undefined || variant === undefined) return;
    const seed = await askForSeed();
    if (seed === undefined) return;
    const file = await outputFile(context, scenario.name, variant, seed);
    const request = {
      scenario: scenario.name,
      variant,
      seed: seed === '' ? undefined : seed,
      outputPath: file.fsPath,
    };
    if (await simulateWithProgress(context, request)) await openDump(context, file);
  } catch (error) {
    void vscode.window.showErrorMessage(errorText(error));
  }
}

/** Undefined when cancelled, empty for the scenario's own seed. */
function askForSeed(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('New Dump from Scenario (3/3)'),
    prompt: vscode.l10n.t(
      'Seed of the schedule, a decimal number. The same scenario, variant and seed give the same bytes.',
    ),
    placeHolder: vscode.l10n.t('empty: the seed of the scenario'),
    validateInput: (text) =>
      /^[0-9]{0,18}$/.test(text) ? undefined : vscode.l10n.t('A decimal number, please.'),
  });
}

/** In the first folder of the workspace, or in the extension's own storage when there is none. */
async function outputFile(
  context: vscode.ExtensionContext,
  scenario: string,
  variant: string,
  seed: string,
): Promise<vscode.Uri> {
  const folder =
    vscode.workspace.workspaceFolders?.[0]?.uri ??
    vscode.Uri.joinPath(context.globalStorageUri, 'dumps');
  await vscode.workspace.fs.createDirectory(folder);
  const words = [scenario.replaceAll('/', '-'), variant, ...(seed === '' ? [] : [seed])];
  return vscode.Uri.joinPath(folder, `${words.join('-')}.vmcore`);
}

/** False when cancelled. */
async function simulateWithProgress(
  context: vscode.ExtensionContext,
  request: SimulationRequest,
): Promise<boolean> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Running {0} ({1})', request.scenario, request.variant),
      cancellable: true,
    },
    async (_progress, cancellation) => {
      try {
        await simulate(context, request, cancellation);
        return true;
      } catch (error) {
        if (cancellation.isCancellationRequested) return false;
        throw error;
      }
    },
  );
}
