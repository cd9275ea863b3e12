/** *Explore Scenario…*: searches for schedules in which a kernel fails, and opens the dump of a failure. */
import * as vscode from 'vscode';
import { errorText } from '../error-text.ts';
import { readExploreEvent, type ExploreEvent } from '../explore-events.ts';
import { listScenarios, runToolLines } from '../simulator.ts';
import { chooseScenario, chooseVariant } from './choose-scenario.ts';
import { openDump } from './open-dump.ts';

/** Schedules of a search by chance. */
const seeds = 1000;

type Found = ExploreEvent & { readonly kind: 'found' };

export async function exploreScenario(context: vscode.ExtensionContext): Promise<void> {
  try {
    const title = vscode.l10n.t('Explore Scenario');
    const scenario = await chooseScenario(listScenarios(context), `${title} (1/3)`);
    const variant = scenario && (await chooseVariant(scenario, `${title} (2/3): ${scenario.name}`));
    if (scenario === undefined || variant === undefined) return;
    const strategy = await chooseStrategy(`${title} (3/3)`);
    if (strategy === undefined) return;
    const folder = await outputFolder(context);
    const words = ['explore', scenario.name, '--variant', variant, ...strategy];
    const found = await explore(context, scenario.name, [...words, '--json', '-o', folder.fsPath]);
    if (found !== undefined) await offer(context, found);
  } catch (error) {
    void vscode.window.showErrorMessage(errorText(error));
  }
}

async function chooseStrategy(title: string): Promise<readonly string[] | undefined> {
  const items = [
    {
      label: vscode.l10n.t('By chance'),
      detail: vscode.l10n.t('{0} schedules by seed', seeds),
      words: ['--strategy', 'random', '--seeds', String(seeds)],
    },
    {
      label: vscode.l10n.t('Priorities by chance'),
      detail: vscode.l10n.t('{0} orders of priority: finds what needs few orderings', seeds),
      words: ['--strategy', 'pct', '--seeds', String(seeds)],
    },
    {
      label: vscode.l10n.t('All within a bound'),
      detail: vscode.l10n.t(
        'Every schedule with few departures from the simplest one: may take long',
      ),
      words: ['--strategy', 'exhaustive'],
    },
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('Which schedules are tried'),
  });
  return chosen?.words;
}

/** In the first folder of the workspace, or in the extension's own storage when there is none. */
async function outputFolder(context: vscode.ExtensionContext): Promise<vscode.Uri> {
  const folder =
    vscode.workspace.workspaceFolders?.[0]?.uri ??
    vscode.Uri.joinPath(context.globalStorageUri, 'dumps');
  await vscode.workspace.fs.createDirectory(folder);
  return folder;
}

/** The failures that were found; undefined when the search was cancelled and found none. */
async function explore(
  context: vscode.ExtensionContext,
  scenario: string,
  words: readonly string[],
): Promise<{ readonly found: readonly Found[]; readonly seen: number } | undefined> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Exploring {0}', scenario),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, cancellation) => {
    const found: Found[] = [];
    let seen = 0;
    const onLine = (line: string): void => {
      const event = readExploreEvent(line);
      if (event?.kind === 'found') found.push(event);
      else if (event !== undefined) {
        ({ seen } = event);
        progress.report({ message: progressText(event) });
      }
    };
    const { status, errors } = await runToolLines(context, words, onLine, cancellation);
    // 0: nothing failed. 3: something did. Anything else went wrong.
    if (status !== undefined && status !== 0 && status !== 3) throw new Error(errors);
    return status === undefined && found.length === 0 ? undefined : { found, seen };
  });
}

function progressText(event: ExploreEvent & { readonly kind: 'progress' | 'end' }): string {
  const counts = vscode.l10n.t('{0} schedules, {1} failed', event.seen, event.failed);
  if (event.kind === 'end' || event.secondsLeft === undefined || event.secondsLeft === 0)
    return counts;
  return vscode.l10n.t('{0}, {1} s left', counts, Math.ceil(event.secondsLeft));
}

async function offer(
  context: vscode.ExtensionContext,
  { found, seen }: { readonly found: readonly Found[]; readonly seen: number },
): Promise<void> {
  if (found.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('None of {0} schedules failed.', seen));
    return;
  }
  const items = found.map(({ failure, count, switches, dump }) => ({
    label: failure,
    description: vscode.l10n.t('{0} schedules, {1} switches', count, switches),
    dump,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Kinds of failure in {0} schedules: {1}', seen, found.length),
    placeHolder: vscode.l10n.t('Which dump to open'),
  });
  if (chosen?.dump !== undefined) await openDump(context, vscode.Uri.file(chosen.dump));
}
