import { workerData } from 'node:worker_threads';
import { serve } from '../import/serve.ts';
import { loadSources } from './load.ts';

void loadSources().then((sources) => serve(workerData, sources));
