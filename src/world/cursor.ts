/** What a driver needs of an open watch. */
export interface Cursor {
  /** Called when there may be something to take. The driver sets it. */
  onWake: () => void;
  /** The events since the last call, in order: {type, object}. */
  take(): readonly unknown[];
  /** True when the server has ended the watch; what take() still gives comes before the end. */
  readonly isEnded: boolean;
  close(): void;
}
