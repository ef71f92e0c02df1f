import { describe, expect, test } from 'vitest';
import { parseAzureEndpoint } from '../../../src/model/azure/endpoint.ts';

const V1_SCOPE = 'https://ai.azure.com/.default';
const DATED_SCOPE = 'https://cognitiveservices.azure.com/.default';

describe('parseAzureEndpoint', () => {
  test.each([
    ['https://res.openai.azure.com', 'https://res.openai.azure.com/openai/v1'],
    ['https://res.openai.azure.com/', 'https://res.openai.azure.com/openai/v1'],
    ['https://res.openai.azure.com/openai', 'https://res.openai.azure.com/openai/v1'],
    ['https://res.openai.azure.com/openai/v1', 'https://res.openai.azure.com/openai/v1'],
    ['https://res.openai.azure.com/openai/v1/', 'https://res.openai.azure.com/openai/v1'],
    ['https://res.services.ai.azure.com/', 'https://res.services.ai.azure.com/openai/v1'],
    ['https://gateway.example.com/team/openai/v1/', 'https://gateway.example.com/team/openai/v1'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/openai/v1'],
  ])('%s is the v1 API at %s', (text, baseUrl) => {
    expect(parseAzureEndpoint(text, undefined)).toEqual({ baseUrl, apiVersion: undefined, scope: V1_SCOPE });
  });

  test.each(['2025-03-01-preview', '2025-04-01-preview', '2025-04-01'])('%s is a dated API', (apiVersion) => {
    expect(parseAzureEndpoint('https://res.openai.azure.com/openai/v1/', apiVersion)).toEqual({
      baseUrl: 'https://res.openai.azure.com/openai',
      apiVersion,
      scope: DATED_SCOPE,
    });
  });

  test.each([
    ['res.openai.azure.com', 'is not a URL'],
    ['http://res.openai.azure.com/', 'is not https'],
    ['https://api.openai.com/v1', "is OpenAI's own endpoint"],
    ['https://res.openai.azure.com/openai/deployments/mine', 'names a deployment'],
    ['https://res.openai.azure.com/openai/v1/responses', 'names a deployment or an operation'],
    ['https://res.openai.azure.com/openai/responses?api-version=2025-04-01-preview', 'has an api-version'],
    ['https://res.openai.azure.com/?x=1', 'has a query'],
    ['https://res.services.ai.azure.com/api/projects/mine', 'a path that does not end in /openai/v1'],
    ['https://me:word@res.openai.azure.com/', 'user name or password'],
  ])('%s is refused, with the right form', (text, message) => {
    expect(() => parseAzureEndpoint(text, undefined)).toThrow(
      expect.objectContaining({
        name: 'InputError',
        message: expect.stringContaining(message),
        hint: expect.stringContaining('https://RESOURCE.openai.azure.com/'),
      }),
    );
  });

  test.each(['latest', 'v1', '2025', '2025-04-01-beta', ''])('the version %j is refused', (apiVersion) => {
    expect(() => parseAzureEndpoint('https://res.openai.azure.com/', apiVersion)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('leave it out for the v1 API') }),
    );
  });
});
