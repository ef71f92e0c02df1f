/** deskhand as a library: a desktop of its own for a computer-use model. */
export type { Action, MouseButton, SafetyCheck } from './action/action.ts';
export {
  type AgentsComputer,
  type AgentsComputerOptions,
  type AgentsComputerTool,
  createAgentsComputer,
} from './adapters/agents-computer.ts';
export { createComputerDriver, createComputerPolicy } from './adapters/openai-computer-driver.ts';
export { openDesktop, type OpenDesktopOptions, type OwnedDesktop } from './adapters/open-desktop.ts';
export { describeAction } from './action/describe.ts';
export type { FunctionCall, FunctionDeclaration } from './action/function-call.ts';
export { parseAction, validateAction } from './action/parse.ts';
export { type Screenshot, toDataUrl } from './action/screenshot.ts';
export {
  createAskUserFunction,
  type AskPerson,
  type AskUserOptions,
} from './agent/functions/ask-user-function.ts';
export {
  defineFunction,
  type FunctionContext,
  type FunctionOptions,
  type FunctionTool,
  type ObjectSchema,
} from './agent/functions/function-tool.ts';
export { createShellFunction, type ShellOptions } from './agent/functions/shell-function.ts';
export type { Limits } from './agent/limits.ts';
export type { Verification } from './agent/run-machine.ts';
export type { Desktop } from './agent/desktop.ts';
export type { CheckResult, CurrentUrlSource, RunOptions, RunPorts } from './agent/run-ports.ts';
export { type Run, type RunResult, startRun } from './agent/run.ts';
export { checkSuite, type SuiteCheck, type TaskCheck } from './check-suite.ts';
export {
  connectDisplay,
  createDriver,
  createPool,
  startTaskRun,
  type TaskRun,
  type TaskRunOptions,
} from './compose.ts';
export type { Config } from './config/config.ts';
export { loadConfig } from './config/load-config.ts';
export type { Display, Keyboard, Pointer, SettleReport } from './display/display.ts';
export { createDisplay, type DisplayOptions } from './display/rfb-display.ts';
export * from './errors.ts';
export type { BatchEvent } from './evaluation/batch/run-batch.ts';
export type { Trial, TrialRecord, Verdict } from './evaluation/batch/trial.ts';
export { loadSuite, type Suite, type SuiteTask } from './evaluation/suite/suite-file.ts';
export { loadTaskFile, readTask, type Task, toTask } from './evaluation/task/task-file.ts';
export type {
  CallResult,
  ComputerCall,
  ComputerCallResult,
  Conversation,
  FunctionCallItem,
  FunctionCallResult,
  ModelClient,
  TaskBrief,
  Turn,
  TurnInput,
  TurnItem,
  Usage,
} from './model/model-client.ts';
export { openGate, readRules, type OpenedGate, type OpenGateOptions, type Terminal } from './open-gate.ts';
export { openModel, type OpenModel, type OpenModelOptions } from './open-model.ts';
export type { Recorder } from './recording/recorder.ts';
export type { TrajectoryEvent, TrajectoryLine } from './recording/trajectory.ts';
export type { Gate, GateDecision, GateRequest } from './safety/gate.ts';
export type { GateDesktop, Loan } from './safety/gate-desktop.ts';
export type { Foreground } from './safety/policy/subject.ts';
export { WarmPool, type WarmPoolOptions } from './sandbox/pool/warm-pool.ts';
export {
  resumeSuite,
  type ResumeSuiteOptions,
  runSuite,
  type RunSuiteOptions,
  type SuitePlan,
  type SuiteRun,
} from './run-suite.ts';
export type {
  ExecResult,
  Sandbox,
  SandboxCondition,
  SandboxDriver,
  SandboxFile,
  SandboxSpec,
  SandboxSummary,
} from './sandbox/sandbox-driver.ts';
export { type Clock, systemClock } from './util/clock.ts';
export type { Point, Rect, Size } from './util/geometry.ts';
