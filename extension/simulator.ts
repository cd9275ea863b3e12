/** The simulated machine as a process: which scenarios there are, and running one into a dump. */
import { spawn } from 'node:child_process';
import type * as vscode from 'vscode';
import { engineProcess } from './adapter.ts';

/** What the command line tool says about a scenario. */
export interface Scenario {
  /** `illumos/ctxop-panic-run`. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly variants: readonly ScenarioVariant[];
}

export interface ScenarioVariant {
  readonly name: string;
  readonly summary: string;
  /** How it ends: `panic`, `forced-dump`. */
  readonly end: string;
}

/** Every bundled scenario, in the tool's order. @throws Error with what the tool printed when it fails */
export async function listScenarios(context: vscode.ExtensionContext): Promise<Scenario[]> {
  const output = await runTool(context, ['scenarios', '--json']);
  const parsed: unknown = JSON.parse(output);
  if (!Array.isArray(parsed)) throw new Error('the list of scenarios is not a list');
  return parsed.map(toScenario);
}

export interface SimulationRequest {
  readonly scenario: string;
  readonly variant: string;
  /** Undefined for the scenario's own. */
  readonly seed: string | undefined;
  readonly outputPath: string;
}

/** Runs a scenario to its end and writes the dump. @throws Error with what the tool printed, or when cancelled */
export async function simulate(
  context: vscode.ExtensionContext,
  request: SimulationRequest,
  cancellation: vscode.CancellationToken,
): Promise<void> {
  const seed = request.seed === undefined ? [] : ['--seed', request.seed];
  const { scenario, variant, outputPath } = request;
  const words = ['simulate', scenario, '--variant', variant, ...seed, '-o', outputPath];
  await runTool(context, words, cancellation);
}

/** Standard output of the command line tool. @throws Error with what it printed when it fails, or when cancelled */
export async function runTool(
  context: vscode.ExtensionContext,
  words: readonly string[],
  cancellation?: vscode.CancellationToken,
): Promise<string> {
  const lines: string[] = [];
  const { status, errors } = await runToolLines(
    context,
    words,
    (line) => lines.push(line),
    cancellation,
  );
  if (status === 0) return lines.join('\n');
  throw new Error(errors || `corewalk ended with status ${status ?? 'none'}`);
}

/**
 * Runs the command line tool and hands on each line of its output as it comes.
 *
 * @returns its exit status; undefined when it was cancelled
 * @throws Error with what it printed when it could not be run
 */
export function runToolLines(
  context: vscode.ExtensionContext,
  words: readonly string[],
  onLine: (line: string) => void,
  cancellation?: vscode.CancellationToken,
): Promise<{ readonly status: number | undefined; readonly errors: string }> {
  const { command, words: first, environment } = engineProcess(context, 'corewalk.cjs');
  return new Promise((done, fail) => {
    const child = spawn(command, [...first, ...words], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const listener = cancellation?.onCancellationRequested(() => child.kill('SIGINT'));
    child.once('error', fail);
    child.once('close', (status) => {
      listener?.dispose();
      if (rest !== '') onLine(rest);
      const wasCancelled = cancellation?.isCancellationRequested ?? false;
      done({ status: wasCancelled ? undefined : (status ?? undefined), errors: errors.trim() });
    });
  });
}

function toScenario(data: unknown): Scenario {
  const fields = textFields(data);
  const variants: unknown = fields('variants');
  return {
    name: String(fields('name')),
    title: String(fields('title')),
    summary: String(fields('summary')),
    variants: Array.isArray(variants) ? variants.map(toVariant) : [],
  };
}

function toVariant(data: unknown): ScenarioVariant {
  const fields = textFields(data);
  return {
    name: String(fields('name')),
    summary: String(fields('summary')),
    end: String(fields('end')),
  };
}

function textFields(data: unknown): (name: string) => unknown {
  const fields = new Map<string, unknown>(Object.entries(data ?? {}));
  return (name) => fields.get(name) ?? '';
}
