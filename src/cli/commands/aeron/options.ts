/** Options that the commands for Aeron share. */
import type { Command } from 'commander';
import { defaultDirectory } from '../../../aeron/index.js';
import { RingwireError } from '../../../platform/index.js';

/** The folder of a media driver. */
export interface DirectoryOptions {
  readonly directory: string;
  readonly allowForeignDirectory?: boolean;
}

/** One stream of a media driver, as text of the command line. */
export interface StreamOptions extends DirectoryOptions {
  readonly channel: string;
  readonly stream: string;
}

/** Adds the option for the folder of the driver. */
export function takesFolder(command: Command): Command {
  return command.option(
    '-d, --directory <folder>',
    'folder of the media driver; AERON_DIR sets the default',
    defaultDirectory(),
  );
}

/** Adds the options of a command that uses a running driver. */
export function takesDirectory(command: Command): Command {
  return takesFolder(command).option(
    '--allow-foreign-directory',
    'use a folder that belongs to another user or that others may write to',
  );
}

/** Adds the options for one stream. */
export function takesStream(command: Command, channel: string, stream: string): Command {
  return withStream(takesDirectory(command), channel, stream);
}

/** Like {@link takesStream}, for a command that refuses folders of other users. */
export function takesOwnStream(command: Command, channel: string, stream: string): Command {
  return withStream(takesFolder(command), channel, stream);
}

function withStream(command: Command, channel: string, stream: string): Command {
  return command
    .option('-c, --channel <uri>', 'channel', channel)
    .option('-s, --stream <id>', 'stream id', stream);
}

/** The whole number of an option. @throws RingwireError `INVALID_ARGUMENT` */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `--${name} must be a whole number from ${min} to ${max}, not '${text}'`,
  );
}

/** The stream id of the options. @throws RingwireError `INVALID_ARGUMENT` */
export function streamId(options: StreamOptions): number {
  return wholeNumber('stream', options.stream, -(2 ** 31), 2 ** 31 - 1);
}
