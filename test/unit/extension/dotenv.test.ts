import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addDotenvToGitignore, addToPath, ignoresDotenv, setVariable } from '../../../extension/notebooks/dotenv.ts';

describe('setting a variable of a .env file', () => {
  const cases: readonly [string, string, string][] = [
    ['adds it to an empty file', '', 'URI=new\n'],
    ['adds it after a last line without an end', 'A=1', 'A=1\nURI=new\n'],
    ['replaces its line in place', 'URI=old\nB=2\n', 'URI=new\nB=2\n'],
    ['replaces an exported one', 'export URI="old one"\n', 'URI=new\n'],
    ['leaves names that only begin alike', 'URI_2=x\nMY_URI=y\n', 'URI_2=x\nMY_URI=y\nURI=new\n'],
    ['leaves comments', '# URI=old\n', '# URI=old\nURI=new\n'],
  ];
  for (const [name, before, after] of cases) {
    test(name, () => assert.equal(setVariable(before, 'URI', 'new'), after));
  }

  test('changes nothing the second time', () => {
    const once = setVariable('A=1\n', 'URI', 'new');
    assert.equal(setVariable(once, 'URI', 'new'), once);
  });

  test('takes a value with a dollar sign literally', () => {
    assert.equal(setVariable('URI=old\n', 'URI', 'a$&b'), 'URI=a$&b\n');
  });
});

describe('adding a folder to the path of a .env file', () => {
  const cases: readonly [string, string, string][] = [
    ['sets it where there is none', 'A=1\n', 'A=1\nPYTHONPATH=/home/python\n'],
    ['keeps what is there, first', 'PYTHONPATH=src:lib\n', 'PYTHONPATH=src:lib:/home/python\n'],
    ['keeps quotes', 'PYTHONPATH="my src"\nB=2\n', 'PYTHONPATH="my src:/home/python"\nB=2\n'],
    ['changes nothing the second time', 'PYTHONPATH=src:/home/python\n', 'PYTHONPATH=src:/home/python\n'],
    ['fills an empty one', 'PYTHONPATH=\n', 'PYTHONPATH=/home/python\n'],
  ];
  for (const [name, before, after] of cases) {
    test(name, () => assert.equal(addToPath(before, 'PYTHONPATH', '/home/python', ':'), after));
  }

  test('quotes a folder with a space', () => assert.equal(addToPath('', 'PYTHONPATH', 'C:\\My Home', ';'), "PYTHONPATH='C:\\My Home'\n"));
});

test('a .gitignore that names .env is recognised, also with Windows line ends', () => {
  assert.equal(ignoresDotenv('dist\r\n.env\r\n'), true);
  assert.equal(ignoresDotenv('# .env\n.envrc\n'), false);
  assert.equal(ignoresDotenv(addDotenvToGitignore('dist')), true);
});
