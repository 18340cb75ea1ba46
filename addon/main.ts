import { startEngine } from './engine-service.ts';
import { addFirstClip } from './first-clip.ts';
import { takePort } from './port-service.ts';
import { sayReady } from './ready.ts';
import { runServices } from './service.ts';
import { startWeb } from './web-service.ts';

await runServices([
  { name: 'the web server', start: takePort },
  { name: 'player and store', start: startEngine },
  { name: 'a first clip', start: addFirstClip },
  { name: 'page and API', start: startWeb },
  { name: 'the last line', start: sayReady },
]);
