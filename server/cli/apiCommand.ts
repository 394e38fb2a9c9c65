import { openApiDocument } from '../contract/openApi.ts';
import { examples, type CommandGroup } from './command.ts';
import { slipwayVersion } from './connection.ts';

export const apiCommand: CommandGroup = (program, run) => {
  program
    .command('api')
    .description("print the OpenAPI document of the companion's own API; needs no companion")
    .addHelpText('after', examples('api > slipway-api.json', "api | jq '.paths | keys'"))
    .action(
      run((output) => {
        const document = openApiDocument(slipwayVersion());
        output.result(document, () => JSON.stringify(document, null, 2));
        return Promise.resolve();
      }),
    );
};
