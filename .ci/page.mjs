/** Bundles the page of `ringwire web` into dist/web/page: one script and one style sheet, so that users build nothing. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rolldown } from 'rolldown';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const SOURCE = path.join(REPOSITORY, 'src/web/page');
/** Style sheets in the order of their rules. */
const STYLES = ['base', 'frame', 'texts', 'controls', 'tables', 'channel', 'health', 'phone'];
const TARGET = path.join(REPOSITORY, 'dist/web/page');

/** Writes the four files that the server knows. */
export async function buildPage() {
  fs.mkdirSync(TARGET, { recursive: true });
  await bundleScript();
  const require = createRequire(import.meta.url);
  const styles = [
    require.resolve('uplot/dist/uPlot.min.css'),
    ...STYLES.map((name) => path.join(SOURCE, 'styles', `${name}.css`)),
  ];
  fs.writeFileSync(
    path.join(TARGET, 'page.css'),
    styles.map((file) => fs.readFileSync(file, 'utf8')).join('\n'),
  );
  for (const name of ['index.html', 'icon.svg'])
    fs.copyFileSync(path.join(SOURCE, name), path.join(TARGET, name));
}

async function bundleScript() {
  const bundle = await rolldown({
    input: path.join(SOURCE, 'main.tsx'),
    platform: 'browser',
    tsconfig: path.join(SOURCE, 'tsconfig.json'),
    resolve: { extensionAlias: { '.js': ['.tsx', '.ts', '.js'] } },
    transform: { target: 'es2022' },
    logLevel: 'warn',
  });
  await bundle.write({ file: path.join(TARGET, 'page.js'), format: 'esm', minify: true });
  await bundle.close();
}
