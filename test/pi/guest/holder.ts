import { openChip, requestLines } from '../../kernel-device/gpio.ts';
import { pins } from '../../kernel-device/steps.ts';

// Another player: holds D/C until it is killed.
requestLines(openChip(), [pins.dc], 'other-player', 0);
console.log('ready');
process.stdin.resume();
