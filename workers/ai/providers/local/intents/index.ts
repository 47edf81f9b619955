/** All request families, the more particular before the more general. A new one is one file and one line here. */
import type { Intent } from '../scene.ts';
import { adjust } from './adjust.ts';
import { color } from './color.ts';
import { crop, shape } from './crop.ts';
import { fade } from './fade.ts';
import { filter } from './filter.ts';
import { history } from './history.ts';
import { negation } from './negation.ts';
import { questions, vague } from './questions.ts';
import { remove } from './remove.ts';
import { render } from './render.ts';
import { rotate } from './rotate.ts';
import { scale } from './scale.ts';
import { mute, volume } from './sound.ts';
import { speed } from './speed.ts';
import { text } from './text.ts';
import { time } from './time.ts';

export const INTENTS: readonly Intent[] = [
  questions,
  negation,
  history,
  mute,
  filter,
  remove,
  time,
  fade,
  crop,
  shape,
  scale,
  rotate,
  speed,
  volume,
  color,
  text,
  render,
  adjust,
  vague,
];
