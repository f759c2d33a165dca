/** The folder in which programs of a user keep small files about their runs. */
import os from 'node:os';
import path from 'node:path';

/** `XDG_CACHE_HOME`, else `.cache` in the home folder; on macOS `Library/Caches`. Empty values count as unset. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const home = environment['HOME'] || os.homedir();
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches');
  return environment['XDG_CACHE_HOME'] || path.join(home, '.cache');
}
