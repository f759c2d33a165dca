export function seedFromEnvironment(): number | null;
export function randomFrom(seed: number): () => number;
