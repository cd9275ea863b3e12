/**
 * What this adapter can do, as the answer to `initialize`; nothing here that a read-only dump can't keep.
 *
 * Stacks are paged for who asks, but `supportsDelayedStackTraceLoading` is not claimed: VS Code then asks for the first frame
 * alone and selects it, where the first one that does more than panic is wanted. A stack is read in a few milliseconds.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';

export const capabilities: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsValueFormattingOptions: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: [':', '$', '`', '.', '>', ' '],
  supportsANSIStyling: true,
  supportsModulesRequest: true,
  additionalModuleColumns: [
    { attributeName: 'buildId', label: 'Build ID', type: 'string', width: 42 },
  ],
  supportsLoadedSourcesRequest: true,
  supportsExceptionInfoRequest: true,
  supportsReadMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsCancelRequest: true,
  supportsRestartRequest: true,
  supportsSingleThreadExecutionRequests: false,
  exceptionBreakpointFilters: [],
};
