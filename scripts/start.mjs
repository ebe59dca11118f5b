// `npm start`: everything from a fresh checkout to the running demo.
import { setUp } from './setup.mjs';

setUp();
await import('../dist/demo/demo.js');
