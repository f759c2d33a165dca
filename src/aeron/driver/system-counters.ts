/** Allocates the counters of every driver. Source of the labels: Aeron 1.53 `SystemCounterDescriptor`. */
import { CounterType } from '../layout/counter-layout.js';
import type { CountersManager } from './counters-manager.js';

const LABELS = [
  'Bytes sent',
  'Bytes received',
  'Failed offers to ReceiverProxy',
  'Failed offers to SenderProxy',
  'Failed offers to DriverConductorProxy',
  'NAKs sent',
  'NAKs received',
  'Status Messages sent',
  'Status Messages received',
  'Heartbeats sent',
  'Heartbeats received',
  'Retransmits sent',
  'Flow control under runs',
  'Flow control over runs',
  'Invalid packets',
  'Errors: ringwire',
  'Short sends',
  'Failed attempts to free log buffers',
  'Sender flow control limits, i.e. back-pressure events',
  'Unblocked Publications',
  'Unblocked Control Commands',
  'Possible TTL Asymmetry',
  'ControllableIdleStrategy status',
  'Loss gap fills',
  'Client liveness timeouts',
  'Resolution changes: driverName=',
  'Conductor max cycle time doing its work in ns: SHARED',
  'Conductor work cycle exceeded threshold count: threshold=100ms SHARED',
  'Sender max cycle time doing its work in ns: SHARED',
  'Sender work cycle exceeded threshold count: threshold=100ms SHARED',
  'Receiver max cycle time doing its work in ns: SHARED',
  'Receiver work cycle exceeded threshold count: threshold=100ms SHARED',
  'NameResolver max time in ns',
  'NameResolver exceeded threshold count: threshold=5s',
  'Aeron software: ringwire',
  'Bytes currently mapped',
  'Retransmitted bytes',
  'Retransmit Pool Overflow count',
  'Error Frames received',
  'Error Frames sent',
  'Publications Revoked',
  'Publication Images Revoked',
  'Images rejected',
  'Control protocol version',
  'Status Messages rejected',
  'Failed offers to NativeResourceAgentProxy',
];

const SYSTEM_OWNER = -1n;

/** Allocates the counters in order, so that each id equals its index. */
export function allocateSystemCounters(counters: CountersManager): void {
  LABELS.forEach((label, id) => {
    const key = Buffer.alloc(4);
    key.writeInt32LE(id);
    counters.allocate({
      typeId: CounterType.System,
      key,
      label,
      registrationId: BigInt(id),
      ownerId: SYSTEM_OWNER,
    });
  });
}
