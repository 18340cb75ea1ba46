import assert from 'node:assert/strict';
import { it } from 'node:test';
import { importNativeAddon, ioctlRequest } from '../../../engine/bus/linux-ioctl.ts';

it('a native package that does not load is named, with what to install', async () => {
  const load = () => Promise.reject(new Error('Cannot find package'));
  await assert.rejects(importNativeAddon('koffi', load), {
    code: 'NATIVE_ADDON_MISSING',
    message: /koffi cannot be loaded.*npm ci.*bus: emulated/s,
  });
});

it('ioctl numbers are those of the kernel headers', () => {
  assert.equal(ioctlRequest('both', 0xb4, 0x07, 592), 0xc250b407, 'GPIO_V2_GET_LINE_IOCTL');
  assert.equal(ioctlRequest('write', 0x6b, 0x04, 4), 0x40046b04, 'SPI_IOC_WR_MAX_SPEED_HZ');
});
