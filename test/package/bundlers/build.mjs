/**
 * Bundles app.mjs: node build.mjs TOOL, in a folder with app.mjs, ringwire and the tool installed. The output is `out`.
 * docs/guides/bundling.md shows these configurations.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';

const THREAD = 'ringwire/aeron/driver-thread';
const input = { app: './app.mjs', 'driver-thread': THREAD };
/** The same for a CommonJS output, which has no top-level await. */
const inputForCommonJs = { app: './app-cjs.mjs', 'driver-thread': THREAD };
const require = createRequire(`${process.cwd()}/x.js`);
const load = (name) => import(require.resolve(name));

const tools = {
  'esbuild, esm': async () => {
    const { build } = await load('esbuild');
    await build({ entryPoints: input, bundle: true, platform: 'node', format: 'esm', outdir: 'out' });
    return 'module';
  },
  'esbuild, cjs': async () => {
    const { build } = await load('esbuild');
    await build({
      entryPoints: inputForCommonJs,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outdir: 'out',
      // Without import.meta.url ringwire uses __filename.
      logOverride: { 'empty-import-meta': 'silent' },
    });
    return 'commonjs';
  },
  'rolldown, esm': async () => {
    const { build } = await load('rolldown');
    await build({ input, platform: 'node', output: { dir: 'out', format: 'esm' }, logLevel: 'silent' });
    return 'module';
  },
  'Vite, SSR': async () => {
    const { build } = await load('vite');
    await build({
      configFile: false,
      logLevel: 'silent',
      ssr: { noExternal: true, target: 'node' },
      build: { ssr: true, outDir: 'out', rollupOptions: { input, output: { entryFileNames: '[name].js' } } },
    });
    return 'module';
  },
  'webpack, CommonJS': async () => {
    const { default: webpack } = await load('webpack');
    const config = {
      mode: 'production',
      target: 'node20',
      entry: inputForCommonJs,
      output: { path: `${process.cwd()}/out`, filename: '[name].js', library: { type: 'commonjs2' } },
      node: { __filename: false },
      module: { parser: { javascript: { url: false } } },
      // Otherwise webpack replaces import.meta.url by the path of the source on this machine.
      plugins: [
        new webpack.DefinePlugin({ 'import.meta.url': 'require("node:url").pathToFileURL(__filename).href' }),
      ],
    };
    const stats = await new Promise((resolve, reject) => {
      webpack(config, (error, result) => (error ? reject(error) : resolve(result)));
    });
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));
    return 'commonjs';
  },
};

const app = fs.readFileSync('app.mjs', 'utf8');
const split = app.indexOf('\nconst [role');
fs.writeFileSync(
  'app-cjs.mjs',
  `${app.slice(0, split)}\nasync function main() {${app.slice(split)}}\nmain();\n`,
);
const type = await tools[process.argv[2]]();
fs.writeFileSync('out/package.json', JSON.stringify({ type }));
fs.cpSync('node_modules/ringwire/dist/native', 'out/native', { recursive: true });
