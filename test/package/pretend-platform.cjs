// Preloaded into a process: it then sees another operating system or processor, PRETEND_PLATFORM=darwin/arm64.
const [platform, arch] = process.env.PRETEND_PLATFORM.split('/');
Object.defineProperty(process, 'platform', { value: platform });
Object.defineProperty(process, 'arch', { value: arch });
