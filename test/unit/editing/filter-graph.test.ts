import { describe, expect, test } from 'bun:test';
import { expression, FilterGraph, formatNumber } from '../../../src/editing/filter-graph.ts';

const newGraph = (): FilterGraph =>
  new FilterGraph(
    { numerator: 25, denominator: 1 },
    { scaleName: 'bt709', tag: 'bt709', red: 0.2126, blue: 0.0722 },
  );

describe('numbers', () => {
  test('are decimal, short and without exponent', () => {
    expect([0, -0, 1, -1.5, 0.1 + 0.2, 1e-7, 1e-12, 123456789.25, 100].map(formatNumber)).toEqual([
      '0',
      '0',
      '1',
      '-1.5',
      '0.3',
      '0.0000001',
      '0',
      '123456789.25',
      '100',
    ]);
  });

  test('that are none are a bug', () => {
    for (const value of [Number.NaN, Infinity, -Infinity, 1e21])
      expect(() => formatNumber(value)).toThrow(RangeError);
  });
});

describe('nothing but numbers and words gets into a graph', () => {
  const graph = newGraph;
  test('strings with a syntax of their own are refused', () => {
    for (const value of ["x'", 'a:b', 'a,b', 'a;b', '[v]', 'a\\', 'a=b', '%{pts}', 'é', '', 'a\nb']) {
      expect(() => graph().video('drawtext', { text: value })).toThrow(RangeError);
    }
  });

  test('expressions are quoted', () => {
    const chain = graph();
    chain.video('select', { expr: expression`lt(pts,${3})+gte(pts,${7.5})` });
    expect(chain.toString()).toBe("[0:V:0]select=expr='lt(pts,3)+gte(pts,7.5)'[v]");
  });
});

test('sound is cut by forking; later filters follow the join', () => {
  const graph = newGraph();
  graph.video('null');
  graph.audio('anull');
  graph.cutAudio(1, 2);
  graph.cutAudio(3, 4);
  graph.audio('volume', { volume: 2 });
  expect(graph.toString().split(';')).toEqual([
    '[0:V:0]null[v]',
    '[0:a:0]anull,asplit[cut1a][cut1b]',
    '[cut1a]atrim=end=1[cut1c]',
    '[cut1b]atrim=start=2,asetpts=PTS-STARTPTS[cut1d]',
    '[cut1c][cut1d]concat=n=2:v=0:a=1,asplit[cut2a][cut2b]',
    '[cut2a]atrim=end=3[cut2c]',
    '[cut2b]atrim=start=4,asetpts=PTS-STARTPTS[cut2d]',
    '[cut2c][cut2d]concat=n=2:v=0:a=1,volume=volume=2[a]',
  ]);
});

test('filters on red, green and blue share one conversion there and back, by the matrix of the source', () => {
  const graph = newGraph();
  graph.rgb('curves', { all: '0/0 1/1' });
  graph.rgb('colortemperature', { temperature: 5000 });
  graph.video('eq', { saturation: 2 });
  graph.rgb('negate');
  graph.finishPicture();
  expect(graph.toString().split(',')).toEqual([
    '[0:V:0]scale=in_color_matrix=bt709',
    'format=pix_fmts=gbrp',
    "curves=all='0/0 1/1'",
    'colortemperature=temperature=5000',
    'scale=out_color_matrix=bt709:out_range=tv',
    'format=pix_fmts=yuv420p',
    'eq=saturation=2',
    'scale=in_color_matrix=bt709',
    'format=pix_fmts=gbrp',
    'negate',
    'scale=out_color_matrix=bt709:out_range=tv',
    'format=pix_fmts=yuv420p',
    'format=pix_fmts=yuv420p',
    'setparams=range=tv:colorspace=bt709[v]',
  ]);
});
