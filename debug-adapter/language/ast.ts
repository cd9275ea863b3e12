/** What a line of the mdb language means, with where each part stands: offsets are UTF-16 units into the line. */

/** A stretch of the line. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export type Expression =
  | NumberLiteral
  | NameReference
  | VariableReference
  | ({ readonly kind: 'character'; readonly value: bigint } & Place)
  | ({ readonly kind: 'dot' | 'next' | 'previous' | 'recent' } & Place)
  | UnaryExpression
  | LoadExpression
  | BinaryExpression;

/** Digits as written; those without a prefix are read in the radix of the day. */
export interface NumberLiteral extends Place {
  readonly kind: 'number';
  readonly text: string;
}

/** A symbol; or a number, when it is hexadecimal digits and there is no such symbol. */
export interface NameReference extends Place {
  readonly kind: 'name';
  readonly text: string;
  readonly mayBeNumber: boolean;
}

export interface VariableReference extends Place {
  readonly kind: 'variable';
  readonly name: string;
}

export interface UnaryExpression extends Place {
  readonly kind: 'unary';
  /** `#` is the logical not. */
  readonly operator: '-' | '~' | '#';
  readonly operand: Expression;
}

export interface LoadExpression extends Place {
  readonly kind: 'load';
  readonly space: 'core' | 'object';
  /** Between slashes: `c s i l` or `1 2 4 8`, but anything else gets here too; undefined loads a pointer. */
  readonly cast: string | undefined;
  readonly operand: Expression;
}

export type BinaryOperator =
  '|' | '^' | '&' | '==' | '!=' | '<<' | '>>' | '-' | '+' | '*' | '%' | '#' | '%%';

export interface BinaryExpression extends Place {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  /** The token after the operation: where mdb, which has read it, says that a division went wrong. */
  readonly lookahead: string;
}

/** A word of an argument list with its quotes taken off, or `$[expression]`. */
export type ArgumentSource =
  | ({ readonly kind: 'word'; readonly text: string } & Place)
  | ({ readonly kind: 'computed'; readonly expression: Expression } & Place);

export type FormatVerb = '/' | '\\' | '?' | '@' | '=';

/** A letter with its repeat count, or text to print. */
export type FormatItem =
  | ({
      readonly kind: 'letter';
      readonly letter: string;
      readonly count: number | Expression;
    } & Place)
  | ({ readonly kind: 'string'; readonly text: string } & Place);

export type Stage =
  DcmdStage | FormatStage | WriteStage | MatchStage | AssignmentStage | FilterStage;

export interface DcmdStage extends Place {
  readonly kind: 'dcmd';
  /** Without `::`; legacy names keep their sign: `$c`. */
  readonly name: string;
  /** Where the name stands. */
  readonly namePlace: Place;
  readonly arguments: readonly ArgumentSource[];
}

export interface FormatStage extends Place {
  readonly kind: 'format';
  readonly verb: FormatVerb;
  readonly items: readonly FormatItem[];
}

export interface WriteStage extends Place {
  readonly kind: 'write';
  readonly verb: FormatVerb;
  readonly letter: string;
  readonly values: readonly ArgumentSource[];
}

export interface MatchStage extends Place {
  readonly kind: 'match';
  readonly verb: FormatVerb;
  readonly letter: string;
  readonly values: readonly ArgumentSource[];
}

export interface AssignmentStage extends Place {
  readonly kind: 'assignment';
  readonly cast: string | undefined;
  readonly arguments: readonly ArgumentSource[];
}

/** A quoted shell command between two stages. */
export interface FilterStage extends Place {
  readonly kind: 'filter';
  readonly command: string;
}

/** A shell command that takes all that a pipeline prints; with `evaluates`, what it prints is run in turn (`!<`). */
export interface ShellTail extends Place {
  readonly command: string;
  readonly evaluates: boolean;
}

export interface Statement extends Place {
  readonly kind: 'statement';
  readonly address: Expression | undefined;
  readonly count: Expression | undefined;
  /** A shell command whose output heads the pipeline: `! 'cmd' | ...`. */
  readonly head: FilterStage | undefined;
  /** Empty for a bare address. */
  readonly stages: readonly Stage[];
  readonly shell: ShellTail | undefined;
}

/** A place where a line stops being mdb. What follows on the line is thrown away. */
export interface SyntaxFault extends Place {
  readonly kind: 'fault';
  /** `syntax error` or one of its particular forms. */
  readonly message: string;
  /** The token that can't stand there; undefined at the end of the line. */
  readonly near: string | undefined;
}

/** A line: its statements in order, and the fault that ends it, if any. */
export interface ParsedLine {
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly fault: SyntaxFault | undefined;
}
