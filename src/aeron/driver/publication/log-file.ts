/** Creates the log buffer file of a publication. */
import fs from 'node:fs';
import { RingwireError, reserve } from '../../../platform/index.js';
import { AeronError, AeronErrorCode } from '../../client/aeron-error.js';
import { LogBuffers } from '../../client/log-buffers.js';
import { PARTITION_COUNT, termCount } from '../../layout/frame-layout.js';
import {
  ACTIVE_TERM_COUNT_OFFSET,
  encodeLogMetadata,
  LOG_METADATA_LENGTH,
  type LogType,
  logFileLength,
  RAW_TAIL_OFFSET,
} from '../../layout/log-layout.js';
import type { PublicationParams } from './publication-params.js';

const PAGE_SIZE = 4096;

/** A log to create. */
export interface NewLog {
  readonly path: string;
  readonly params: PublicationParams;
  readonly correlationId: bigint;
  readonly sessionId: number;
  readonly streamId: number;
  readonly initialTermId: number;
  readonly type: LogType;
}

/** Creates the file. Leaves no file after an error. @throws AeronError 12 when the file system is full, 11 for other reasons */
export function createLog(log: NewLog): LogBuffers {
  const { params } = log;
  const length = logFileLength(params.termLength, PAGE_SIZE);
  const fd = fs.openSync(log.path, 'wx+', 0o600);
  try {
    reserve(fd, length, log.path);
    fs.writeSync(fd, metadataPage(log), 0, LOG_METADATA_LENGTH, length - LOG_METADATA_LENGTH);
  } catch (error) {
    fs.rmSync(log.path, { force: true });
    const full = error instanceof RingwireError && error.code === 'NO_SPACE';
    throw new AeronError(
      full ? AeronErrorCode.StorageSpace : AeronErrorCode.Generic,
      (error as Error).message,
    );
  } finally {
    fs.closeSync(fd);
  }
  try {
    return LogBuffers.open(log.path);
  } catch (error) {
    fs.rmSync(log.path, { force: true });
    throw error;
  }
}

function metadataPage({ params, ...log }: NewLog): Buffer {
  const page = encodeLogMetadata({
    correlationId: log.correlationId,
    initialTermId: log.initialTermId,
    mtuLength: params.mtu,
    termLength: params.termLength,
    pageSize: PAGE_SIZE,
    publicationWindowLength: params.window,
    sessionId: log.sessionId,
    streamId: log.streamId,
    entityTag: params.entityTag,
    responseCorrelationId: params.responseCorrelationId,
    lingerTimeoutNs: params.lingerNs,
    untetheredWindowLimitTimeoutNs: params.untetheredWindowLimitNs,
    untetheredRestingTimeoutNs: params.untetheredRestingNs,
    untetheredLingerTimeoutNs: params.untetheredLingerNs,
    sparse: params.sparse,
    signalEos: params.signalEos,
    spiesSimulateConnection: params.spiesSimulateConnection,
    type: log.type,
  });
  if (params.initial === null) return page;
  const { initialTermId, termId, termOffset } = params.initial;
  const count = termCount(termId, initialTermId);
  page.writeInt32LE(count, ACTIVE_TERM_COUNT_OFFSET);
  for (let i = 0; i < PARTITION_COUNT; i++) {
    const id = i === 0 ? termId : (termId + i - PARTITION_COUNT) | 0;
    const raw = BigInt.asIntN(64, (BigInt(id) << 32n) | BigInt(i === 0 ? termOffset : 0));
    page.writeBigInt64LE(raw, RAW_TAIL_OFFSET + 8 * ((count + i) % PARTITION_COUNT));
  }
  return page;
}
