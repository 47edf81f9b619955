import { describe, expect, test } from 'bun:test';
import { describeOther, mediaKind } from '../../../src/modules/videos/media-kind.ts';

const bytes = (latin1: string, length = 64): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from(latin1, 'latin1'), new Uint8Array(length)]));
const ebml = (docType: string): string =>
  `\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82${String.fromCharCode(0x80 | docType.length)}${docType}`;

describe('content decides what a file is', () => {
  test.each([
    ['mp4 isom', '\0\0\0\x20ftypisom', 'video/mp4'],
    ['mp4 of a phone', '\0\0\0\x1cftypmp42', 'video/mp4'],
    ['m4v', '\0\0\0\x20ftypM4V ', 'video/mp4'],
    ['QuickTime', '\0\0\0\x14ftypqt  ', 'video/quicktime'],
    ['QuickTime of old', '\0\0\x20\0moov\0\0\0\x6cmvhd', 'video/quicktime'],
    ['QuickTime with wide', '\0\0\0\x08wide\0\0\x10\0mdat', 'video/quicktime'],
    ['AVI', 'RIFF\x24\0\0\0AVI LIST', 'video/x-msvideo'],
    ['WebM', ebml('webm'), 'video/webm'],
    ['Matroska', ebml('matroska'), 'video/x-matroska'],
  ])('%s', (_name, head, contentType) => {
    expect(mediaKind(bytes(head))?.contentType).toBe(contentType);
  });

  test.each([
    ['\x89PNG\r\n\x1a\n', 'PNG'],
    ['\xff\xd8\xff\xe0', 'JPEG'],
    ['GIF89a', 'GIF'],
    ['RIFF\x24\0\0\0WEBPVP8 ', 'WebP'],
    ['RIFF\x24\0\0\0WAVEfmt ', 'WAV'],
    ['\0\0\0\x20ftypheic', 'HEIF'],
    ['\0\0\0\x20ftypavif', 'AVIF'],
    ['ID3\x04', 'MP3'],
    ['OggS', 'Ogg'],
    ['%PDF-1.7', 'PDF'],
    ['PK\x03\x04', 'ZIP'],
    ['\x1f\x8b\x08', 'gzip'],
    ['MZ\x90', 'program'],
    ['\x7fELF', 'program'],
    ['#EXTM3U\n#EXT-X-VERSION:3', 'HLS'],
    ['ffconcat version 1.0\nfile x', 'ffconcat'],
    ['#!/bin/sh', 'script'],
    ['<!DOCTYPE html><html>', 'HTML'],
    ['\xef\xbb\xbf  <html>', 'HTML'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'SVG'],
    ['<?xml version="1.0"?><MPD>', 'XML'],
    ['{"a": 1}', 'JSON'],
    [ebml('other'), 'neither WebM nor MKV'],
    ['\x30\x26\xb2\x75\x8e\x66', 'Windows Media'],
    ['FLV\x01', 'Flash'],
    [`G${'\0'.repeat(187)}G`, 'transport stream'],
    ['\0\0\0\0moov\0\0\0\0', 'no format'],
    ['\0\0\0\0\0\0\0\0', 'no format'],
  ])('%j is told from a video, by its name', (head, name) => {
    expect(mediaKind(bytes(head))).toBeUndefined();
    expect(describeOther(bytes(head))).toContain(name);
  });

  test('text is called text', () => {
    const text = new TextEncoder().encode('Good morning, this is not a video at all.\n');
    expect(mediaKind(text)).toBeUndefined();
    expect(describeOther(text)).toContain('plain text');
  });

  test('a file shorter than any header is none', () => {
    for (let length = 0; length < 12; length += 1)
      expect(mediaKind(bytes('\0\0\0\x20ftypisom').subarray(0, length))).toBeUndefined();
  });
});
