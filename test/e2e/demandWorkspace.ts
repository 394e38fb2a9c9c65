import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeWorkspace } from '../harness/vscode/notebook.ts';

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Sold cups of a stand, by the weather and the day; the same each time. */
function demandRows(count: number): string[] {
  return Array.from({ length: count }, (_, day) => {
    const temperature = 14 + 9 * Math.sin(day / 19) + ((day * 37) % 11) / 2;
    const price = 1.8 + ((day * 13) % 9) / 10;
    const weekday = weekdays[day % weekdays.length] ?? '';
    const holiday = day % 29 === 0 ? 1 : 0;
    const cups = 20 + 4 * temperature - 11 * price + (day % 7 > 4 ? 25 : 0) + 30 * holiday + ((day * 53) % 17);
    return [temperature.toFixed(1), holiday, weekday, price.toFixed(2), Math.round(cups)].join(',');
  });
}

/**
 * A folder with `demand.ipynb`, which searches a grid under mlflow's autolog and knows nothing of Slipway, and its data. @returns the folder, which the
 * caller removes
 */
export function makeDemandWorkspace(): string {
  const folder = makeWorkspace(
    [
      'import mlflow\nimport pandas as pd\nfrom sklearn.compose import make_column_transformer\nfrom sklearn.linear_model import Ridge\nfrom sklearn.model_selection import GridSearchCV, train_test_split\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import OneHotEncoder, StandardScaler',
      'sales = pd.read_csv("demand.csv").astype({"holiday": "float64", "cups": "float64"})\ntrain_x, test_x, train_y, test_y = train_test_split(sales.drop(columns="cups"), sales["cups"], random_state=3)',
      'mlflow.sklearn.autolog(max_tuning_runs=2)\n\ncolumns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["weekday"]), (StandardScaler(), ["temperature", "holiday", "price"]))\nsearch = GridSearchCV(make_pipeline(columns, Ridge()), {"ridge__alpha": [0.1, 1.0, 10.0]}, cv=3)\nsearch.fit(train_x, train_y)',
      'print(f"test_r2 {search.score(test_x, test_y):.3f}")',
    ],
    'demand.ipynb',
  );
  writeFileSync(path.join(folder, 'demand.csv'), ['temperature,holiday,weekday,price,cups', ...demandRows(420)].join('\n'));
  return folder;
}
