export function readChecked(
  root: string,
  channelId: number,
  fileLength: number,
  backend: string,
): {
  records: string[];
  heartbeats: number;
  position: number;
  end: string;
  problem: string | null;
};
