export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Facts of one event; never a token or a password. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where events are told. `event` is a stable snake_case name (`clip_added`), `message` a sentence for people. */
export interface Log {
  debug(event: string, message: string, fields?: LogFields): void;
  info(event: string, message: string, fields?: LogFields): void;
  warn(event: string, message: string, fields?: LogFields): void;
  error(event: string, message: string, fields?: LogFields): void;
}

const weights: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log that writes lines: text for a terminal, one JSON object a line otherwise. */
export function lineLog(options: { level: LogLevel; text: boolean; write: (line: string) => void }): Log {
  const tell =
    (level: LogLevel) =>
    (event: string, message: string, fields: LogFields = {}) => {
      if (weights[level] < weights[options.level]) return;
      const time = new Date().toISOString();
      options.write(
        options.text
          ? `${time.slice(11, 19)} ${level.padEnd(5)} ${message}\n`
          : `${JSON.stringify({ time, level, event, message, ...fields })}\n`,
      );
    };
  return { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') };
}

/** A log nobody reads, for tests and the command line. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
