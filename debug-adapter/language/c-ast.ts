/** C expressions as the evaluator walks them. */

/** Where something stands in the text that the user wrote: UTF-16 offsets. */
export interface CPlace {
  readonly start: number;
  readonly end: number;
}

export type CUnaryOperator = '-' | '+' | '!' | '~' | '*' | '&';

export type CBinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '<<'
  | '>>'
  | '&'
  | '|'
  | '^'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>=';

export type CNode =
  | {
      readonly kind: 'integer';
      readonly value: bigint;
      /** `int`, `unsigned int`, `long` or `unsigned long`, by C's rules for its digits and suffix. */
      readonly type: string;
    }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string; readonly place: CPlace }
  | { readonly kind: 'unary'; readonly operator: CUnaryOperator; readonly operand: CNode }
  | {
      readonly kind: 'binary';
      readonly operator: CBinaryOperator;
      readonly left: CNode;
      readonly right: CNode;
    }
  | {
      readonly kind: 'logical';
      readonly operator: '&&' | '||';
      readonly left: CNode;
      readonly right: CNode;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: CNode;
      readonly whenTrue: CNode;
      readonly whenFalse: CNode;
    }
  | { readonly kind: 'comma'; readonly left: CNode; readonly right: CNode }
  | {
      readonly kind: 'cast';
      /** A C type name, still text: the dump knows what it is. */
      readonly type: string;
      readonly operand: CNode;
      readonly place: CPlace;
      /** What the same text means when `type` is a variable: `(a) - 1`, or a call `(f)(x)`. */
      readonly otherwise: CNode | undefined;
    }
  | { readonly kind: 'sizeof'; readonly operand: CNode }
  | { readonly kind: 'sizeof-type'; readonly type: string; readonly place: CPlace }
  | {
      readonly kind: 'offsetof';
      readonly type: string;
      readonly member: string;
      readonly place: CPlace;
    }
  | {
      readonly kind: 'member';
      readonly operand: CNode;
      readonly name: string;
      readonly isArrow: boolean;
    }
  | { readonly kind: 'index'; readonly operand: CNode; readonly index: CNode };
