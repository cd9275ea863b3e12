/** The tools that a language model gets: the table for the MCP server and for the editor's chat. All of them read; none writes, none runs anything outside the dump. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Fields } from '../dap/fields.ts';
import type { InputProperty, Tool } from './tool.ts';

const addressInput: InputProperty = {
  type: 'string',
  description: 'An address or a symbol: 0xfffffe00abcd0000, or pcpu0',
};

export const tools: readonly Tool[] = [
  {
    name: 'status',
    title: 'Status of the dump',
    description:
      'What the dump is: operating system, panic message, CPUs, what is damaged or missing. Ask it first.',
    inputs: {},
    required: [],
    line: () => '::status',
  },
  {
    name: 'check',
    title: 'Findings of the checkers',
    description:
      'Runs every checker that applies to this kernel. BUG and ERROR prove something wrong; each finding comes with its evidence and the lines that show it. The best answer to "why did this machine panic?".',
    inputs: {},
    required: [],
    line: () => '::check -e',
  },
  {
    name: 'run',
    title: 'Run an mdb line',
    description:
      'One line of the mdb language: "::dcmds" lists the commands, "::help NAME" explains one, "::walkers" the lists of the kernel. Examples: "$c", "::threadlist", "ADDR::print \'struct proc\'", "::walk thread | ::print kthread_t t_pri". Everything is read-only; there is no shell.',
    inputs: { line: { type: 'string', description: 'The line' } },
    required: ['line'],
    line: (input) => input.string('line'),
  },
  {
    name: 'find_type',
    title: 'Find C types',
    description:
      'The C types whose name contains a text, with their sizes. `run` with "::print -at TYPE" then shows the members and their offsets.',
    inputs: {
      pattern: { type: 'string', description: 'Part of the name, or a regular expression' },
    },
    required: ['pattern'],
    line: (input) => `::typelist ${quoted(input.string('pattern'))}`,
  },
  {
    name: 'read_stack',
    title: 'Read a stack',
    description:
      'The stack of a thread (its address), or that of the panic when no thread is given, with arguments.',
    inputs: { thread: addressInput },
    required: [],
    line: (input) => `${optionalAddress(input, 'thread')}::stack`,
  },
  {
    name: 'all_stacks',
    title: 'All stacks',
    description: 'The stacks of all threads, equal ones once with the number of threads.',
    inputs: {},
    required: [],
    line: () => '::stacks',
  },
  {
    name: 'references',
    title: 'Who refers to an object',
    description:
      'Every holder of a counted reference to an object by type, member and symbol, counted against its reference count.',
    inputs: {
      address: addressInput,
      type: { type: 'string', description: 'C type of the object: struct proc' },
    },
    required: ['address'],
    line: (input) => {
      const type = input.optionalString('type');
      const words = type === undefined ? '' : ` ${quoted(type)}`;
      return `${address(input.string('address'))}::refs${words}`;
    },
  },
  {
    name: 'what_is',
    title: 'What lies at an address',
    description:
      'What an address is: symbol, allocated or freed object, thread stack, register or mapping.',
    inputs: { address: addressInput },
    required: ['address'],
    line: (input) => `${address(input.string('address'))}::whatis`,
  },
];

/** @throws UsageError naming the tools there are */
export function toolNamed(name: string): Tool {
  const found = tools.find((each) => each.name === name);
  if (found) return found;
  throw new UsageError(`no tool '${name}'; there are ${tools.map((each) => each.name).join(', ')}`);
}

/** Input of a tool as a JSON Schema object. `more` are inputs that the shell around it adds. */
export function inputSchema(
  { inputs, required }: Tool,
  more: Readonly<Record<string, InputProperty>> = {},
): {
  readonly type: 'object';
  readonly properties: Record<string, InputProperty>;
  readonly required: string[];
  readonly additionalProperties: false;
} {
  const start: InputProperty = {
    type: 'integer',
    minimum: 0,
    description: 'Lines to leave out from the front: for the rest of a long answer',
  };
  return {
    type: 'object',
    properties: { ...inputs, start, ...more },
    required: [...required],
    additionalProperties: false,
  };
}

function optionalAddress(input: Fields, name: string): string {
  const text = input.optionalString(name);
  return text === undefined || text === '' ? '' : address(text);
}

/** What may stand before `::`: a number, a symbol, and an offset from it. */
function address(text: string): string {
  if (/^[\w.`$+\-&]+$/.test(text)) return text;
  throw new UsageError(`'${text}' is neither an address nor a symbol`);
}

/** A text as one word of a line. */
function quoted(text: string): string {
  if (/["\n\r\\]/.test(text))
    throw new UsageError(`'${text}' has a character that no type name has`);
  return `"${text}"`;
}
