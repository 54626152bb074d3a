import { z } from 'zod';
import { type CostForecast, FORECAST_DAYS, FORECAST_DAYS_MIN, type MonthForecast } from '../../records/forecast.ts';
import { costFields, countField, timeField, toCost, toTime } from '../fields.ts';
import { zoneField } from './explore-schema.ts';

export const forecastQuery = z.strictObject({ time_zone: zoneField });

const weekdayField = z.int().min(1).max(7).describe('1 is Monday.');
const moneySchema = z.strictObject(costFields);

const projectionSchema = z
  .strictObject({
    expected: moneySchema,
    lowest: moneySchema.describe('As if every day to come were like the cheapest of its weekday.'),
    highest: moneySchema.describe('As if every day to come were like the dearest of its weekday.'),
    days_of_data: z.int().min(FORECAST_DAYS_MIN).max(FORECAST_DAYS),
    weekdays: z
      .array(
        z.strictObject({
          weekday: weekdayField,
          days: countField.describe('How many of it were looked back at.'),
          mean: moneySchema,
          lowest: moneySchema,
          highest: moneySchema,
          to_come: countField.describe('How many of it the month still has, today not counted.'),
        }),
      )
      .describe('What the expectation is made of.'),
  })
  .describe(
    `What was spent, today up to the mean of its weekday, and for each day to come the mean of its weekday, over the last ${FORECAST_DAYS} full days. Missing with fewer than ${FORECAST_DAYS_MIN} days of data.`,
  );

const forecastFields = {
  so_far: moneySchema,
  today: moneySchema.describe('What of it is today’s.'),
  unpriced_requests: countField.describe('Requests of the month without a known price; no cost here holds them.'),
  projection: projectionSchema.optional(),
};

export const forecastSchema = z.strictObject({
  time_zone: z.string(),
  month: z.strictObject({ start: timeField, end: timeField }),
  as_of: timeField,
  today_weekday: weekdayField,
  organization: z.strictObject(forecastFields).describe('All projects that the caller may see.'),
  projects: z
    .array(z.strictObject({ project_id: z.string(), ...forecastFields }))
    .describe('The 200 dearest of the month. Each is projected by its own days, so that they need not add up.'),
});

export function toForecast(timeZone: string, month: MonthForecast): z.output<typeof forecastSchema> {
  return {
    time_zone: timeZone,
    month: { start: toTime(month.fromMs), end: toTime(month.toMs) },
    as_of: toTime(month.atMs),
    today_weekday: month.todayWeekday,
    organization: toCosts(month.whole),
    projects: month.projects.map(({ projectId, ...costs }) => ({ project_id: projectId, ...toCosts(costs) })),
  };
}

function toCosts({ soFar, today, unpricedRequests, projection }: CostForecast) {
  return {
    so_far: toCost(soFar),
    today: toCost(today),
    unpriced_requests: unpricedRequests,
    ...(projection === undefined
      ? {}
      : {
          projection: {
            expected: toCost(projection.expected),
            lowest: toCost(projection.lowest),
            highest: toCost(projection.highest),
            days_of_data: projection.daysOfData,
            weekdays: projection.weekdays.map(({ weekday, days, mean, lowest, highest, toCome }) => ({
              weekday,
              days,
              mean: toCost(mean),
              lowest: toCost(lowest),
              highest: toCost(highest),
              to_come: toCome,
            })),
          },
        }),
  };
}
