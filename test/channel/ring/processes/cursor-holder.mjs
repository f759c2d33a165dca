// Opens a cursor, saves a place in it, and holds it until it is killed.
import { DurableCursor } from 'ringwire';

const { file } = JSON.parse(process.argv[2]);
const cursor = DurableCursor.open(file, { creationTime: 77n });
cursor.save({ position: 16, sequence: 2 });
process.send({ ready: true });
setInterval(() => cursor.flush(), 1000);
