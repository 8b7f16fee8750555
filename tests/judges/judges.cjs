// SPDX-License-Identifier: Apache-2.0
// Printer drivers of others judge the emulated printer, and so whatever we print at it: two encoders feed it, and
// receiptio asks for its state. Takes the emulator's program and a folder for the packages, which npm installs by the
// lock file beside this one. Exit status 77, with the reason, where npm or the network is missing.
'use strict';

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

const [program, folder] = process.argv.slice(2);
const install_ms = 120_000;
const answer_ms = 30_000;

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

function install() {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) fs.copyFileSync(path.join(__dirname, name), path.join(folder, name));
  const lock = fs.readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
  const stamp = path.join(folder, 'installed');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock) return;
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1'],
    { cwd: folder, timeout: install_ms, encoding: 'utf8' });
  if (npm.error) skip(`npm cannot be run: ${npm.error.message}`);
  if (npm.status !== 0) skip(`npm cannot install the drivers: ${npm.stderr.trim().split('\n').pop()}`);
  fs.writeFileSync(stamp, lock);
}

// The emulated printer as a program; a word a line, an answer a line.
class Printer {
  constructor() {
    this.process = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = readline.createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }
  async line() {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error('the emulator is silent')), answer_ms).unref());
    return (await Promise.race([this.lines.next(), late])).value;
  }
  async ask(words) {
    this.process.stdin.write(words + '\n');
    const answer = JSON.parse(await this.line());
    assert.ok(!answer.error, answer.error);
    return answer;
  }
  async start() {
    this.port = Number(await this.line());
    assert.ok(this.port > 0);
    return this;
  }
  // Everything that one job left on the paper.
  async print(bytes) {
    await new Promise((resolve, reject) => {
      const line = net.connect(this.port, '127.0.0.1', () => line.end(bytes));
      line.on('close', resolve).on('error', reject).resume();
    });
    return this.ask('paper');
  }
  stop() {
    this.process.stdin.end();
  }
}

async function at_new_printer(run) {
  const printer = await new Printer().start();
  try {
    await run(printer);
  } finally {
    printer.stop();
  }
}

async function encoder_prints(require_driver) {
  const found = require_driver('@point-of-sale/receipt-printer-encoder');
  const Encoder = found.default ?? found;
  const bytes = new Encoder({ language: 'esc-pos', columns: 48 })
    .initialize().codepage('cp437')
    .align('center').bold(true).size(2, 2).text('Lantern Tea').newline().size(1, 1).bold(false)
    .align('left').underline(true).text('Caf\u00e9').underline(false).newline()
    .invert(true).text('MEMBER').invert(false).newline()
    .qrcode('https://example.com/c?x=1')
    .barcode('400638133393', 'ean13', 60)
    .barcode('{BTea-7', 'code128', 60)
    .rule().table([{ width: 20, align: 'left' }, { width: 20, align: 'right' }], [['Total', '12.50']])
    .cut('partial').pulse().encode();
  await at_new_printer(async (printer) => {
    const paper = await printer.print(Buffer.from(bytes));
    assert.deepStrictEqual(paper.unknown, []);
    assert.deepStrictEqual(paper.refused, []);
    assert.deepStrictEqual(paper.qr, ['https://example.com/c?x=1']);
    assert.deepStrictEqual(paper.barcodes, ['EAN-13 400638133393', 'CODE128 Tea-7']);
    assert.match(paper.text, /Lantern Tea\n/);
    assert.match(paper.text, /Caf\u00e9\n/);
    assert.match(paper.text, /MEMBER\n/);
    assert.match(paper.text, /Total +12\.50/);
    assert.strictEqual(paper.cuts, 1);
    assert.strictEqual(paper.kicks, 1);
  });
}

const receipt = `^^^Lantern Tea

\u6843\u82b1\u4e4c\u9f99 | 12.50
"Total" | 12.50
-
{code:https://example.com/2;option:qrcode,4,m}
{code:400638133393;option:ean,2,60,hri}
`;

async function receiptline_prints(require_driver) {
  const { transform } = require_driver('receiptline');
  for (const command of ['escpos', 'epson', 'generic']) {
    const bytes = Buffer.from(transform(receipt, { cpl: 48, encoding: 'gb18030', command, cutting: true }), 'binary');
    await at_new_printer(async (printer) => {
      const paper = await printer.print(bytes);
      assert.deepStrictEqual(paper.unknown, [], command);
      assert.deepStrictEqual(paper.refused, [], command);
      assert.match(paper.text, /Lantern Tea/, command);
      assert.match(paper.text, /\u6843\u82b1\u4e4c\u9f99[\t ]*12\.50/, command);
      assert.strictEqual(paper.cuts, 1, command);
      assert.ok(paper.height > 200, command);
    });
  }
}

async function receiptio_asks() {
  const client = path.join(folder, 'node_modules', 'receiptio', 'bin', 'cli.js');
  const proxy = path.join(folder, 'one_printer.cjs');
  // receiptio knows a printer by its address and port 9100 only.
  fs.writeFileSync(proxy, `const net = require('node:net'); const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const at = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (at && at.port === 9100) at.port = Number(process.env.PRINTER_PORT); else if (args[0] === 9100) args[0] = Number(process.env.PRINTER_PORT);
  return connect.apply(this, args);
};`);
  const run = (printer, args, input) => new Promise((resolve) => {
    const child = spawn(process.execPath, ['-r', proxy, client, '-d', '127.0.0.1', ...args],
      { env: { ...process.env, PRINTER_PORT: String(printer.port) }, stdio: 'pipe', timeout: answer_ms });
    let said = '';
    for (const out of [child.stdout, child.stderr]) out.on('data', (part) => { said += part; });
    child.on('close', () => resolve(said.trim()));
    child.stdin.end(input ?? '');
  });
  await at_new_printer(async (printer) => {
    for (const [how, said] of [['well', 'online'], ['cover_open', 'coveropen'], ['paper_out', 'paperempty'], ['well', 'online']]) {
      await printer.ask(how);
      assert.strictEqual(await run(printer, ['-q', '-p', 'escpos']), said, how);
    }
  });
  await at_new_printer(async (printer) => {
    assert.strictEqual(await run(printer, ['-p', 'escpos', '-l', 'en'], 'Lantern Tea | 12.50\n'), 'success');
    const paper = await printer.ask('paper');
    assert.match(paper.text, /Lantern Tea[\t ]*12\.50/);
    assert.deepStrictEqual(paper.unknown, []);
  });
}

(async () => {
  install();
  const require_driver = createRequire(path.join(folder, 'package.json'));
  for (const judge of [encoder_prints, receiptline_prints, receiptio_asks]) {
    await judge(require_driver);
    console.log(`ok ${judge.name}`);
  }
})().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
