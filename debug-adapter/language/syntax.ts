/** The door to tree-sitter: grammars come in as bytes, trees go out as nodes. Nothing else imports web-tree-sitter. */
import { Language, Parser, Query, type Tree } from 'web-tree-sitter';

// Every host that we run in has it; the compiler knows it from the DOM's declarations only, which we do not use.
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

/** A node of a syntax tree. Valid inside the callback of `Grammar.parse` only. */
export interface SyntaxNode {
  readonly type: string;
  /** False for punctuation and keywords. */
  readonly isNamed: boolean;
  /** True for an ERROR node, and for a token that the parser made up. */
  readonly isError: boolean;
  readonly isMissing: boolean;
  /** True when this node or one below it is an error. */
  readonly hasError: boolean;
  /** UTF-16 offsets into the text. */
  readonly startIndex: number;
  readonly endIndex: number;
  readonly text: string;
  readonly parent: SyntaxNode | null;
  readonly children: readonly SyntaxNode[];
  readonly namedChildren: readonly SyntaxNode[];
  childForFieldName(name: string): SyntaxNode | null;
  childrenForFieldName(name: string): readonly (SyntaxNode | null)[];
  fieldNameForChild(index: number): string | null;
}

/** A language that can be parsed. */
export interface Grammar {
  readonly name: string;
  /** Parses `text` and hands its tree to `read`; the tree's memory is given back when `read` returns. */
  parse<Result>(text: string, read: (root: SyntaxNode) => Result): Result;
  /** Compiles a query (`highlights.scm`) into a function from text to captures, in the order of the text. */
  query(source: string): (text: string) => Capture[];
}

/** A stretch of text and what a query calls it. */
export interface Capture {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Starts the parser; once per process, before the first `openGrammar`.
 *
 * @param runtime bytes of `web-tree-sitter.wasm`
 */
export async function startSyntax(runtime: Uint8Array): Promise<void> {
  await Parser.init({ wasmBinary: runtime });
}

/**
 * A grammar from its compiled form.
 *
 * @param compiled bytes of a grammar's `.wasm`
 */
export function openGrammar(compiled: Uint8Array): Grammar {
  const language = Language.loadSync(new WebAssembly.Module(compiled));
  const parser = new Parser();
  parser.setLanguage(language);
  return {
    name: language.name ?? '',
    parse: (text, read) => withTree(parser, text, (tree) => read(tree.rootNode)),
    query(source) {
      const query = new Query(language, source);
      return (text) =>
        withTree(parser, text, (tree) =>
          query.captures(tree.rootNode).map(({ name, node }) => ({
            name,
            start: node.startIndex,
            end: node.endIndex,
          })),
        );
    },
  };
}

function withTree<Result>(parser: Parser, text: string, read: (tree: Tree) => Result): Result {
  const tree = parser.parse(text);
  if (tree === null) throw new Error('the parser gave no tree');
  try {
    return read(tree);
  } finally {
    tree.delete();
  }
}
