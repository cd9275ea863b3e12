/** Asks which scenario, and which of its kernels. */
import * as vscode from 'vscode';
import type { Scenario } from '../simulator.ts';

/** @param title of the question, with its step */
export async function chooseScenario(
  scenarios: Promise<Scenario[]>,
  title: string,
): Promise<Scenario | undefined> {
  const items = scenarios.then((list) =>
    list.map((scenario) => ({
      label: scenario.name,
      description: scenario.title,
      detail: scenario.summary,
      scenario,
    })),
  );
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('What shall happen to the machine'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.scenario;
}

/** A scenario without a choice is not asked about. */
export async function chooseVariant(
  scenario: Scenario,
  title: string,
): Promise<string | undefined> {
  const [only, another] = scenario.variants;
  if (only !== undefined && another === undefined) return only.name;
  const items = scenario.variants.map(({ name, summary, end }) => ({
    label: name,
    description: end,
    detail: summary,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('Which kernel runs'),
  });
  return chosen?.label;
}
