import { workerData } from 'node:worker_threads';
import { serve } from '../import/serve.ts';
import { loadSources } from './load.ts';

await serve(workerData, await loadSources());
