import { expect, it } from 'vitest';
import { addressFault } from './application-address.ts';

it.each([
  'https://app.example',
  'https://app.example/callback',
  'https://app.example:8443/callback?fixed=1',
  'http://127.0.0.1:8080/callback',
  'http://localhost/callback',
  'http://[::1]:3000/callback',
])('%s can be registered', (address) => {
  expect(addressFault(address)).toBeUndefined();
});

it.each([
  ['app.example/callback', 'no absolute address'],
  ['/callback', 'no absolute address'],
  ['//app.example/callback', 'no absolute address'],
  ['http://app.example/callback', 'https://'],
  ['http://127.0.0.1.evil.example/', 'https://'],
  ['javascript:alert(1)', 'https://'],
  ['data:text/html,x', 'https://'],
  ['myapp://callback', 'https://'],
  ['https://user:password@app.example/', 'user name'],
  ['https://app.example/#x', 'fragment'],
  ['https://app.example/#', 'fragment'],
  ['https://*.app.example/', 'wildcard'],
  ['https://app.example/a/../callback', 'dot segment'],
  ['https://app.example/a/%2e%2e/callback', 'dot segment'],
  ['https://app.example/./callback', 'dot segment'],
  ['https://app.example\\@evil.example/', 'percent-encoded'],
  ['https://app.example/call back', 'percent-encoded'],
  ['https://äpp.example/', 'percent-encoded'],
  ['https://APP.example/', 'unusual'],
  ['https://app.example:443/', 'unusual'],
])('%s cannot: %s', (address, reason) => {
  expect(addressFault(address)).toContain(reason);
});
