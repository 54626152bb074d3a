import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Answer, CallError } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import { useRows } from '../../api/pages.ts';
import { useAddress } from '../../app/address.ts';
import { useCredits } from '../../app/credits.ts';
import { useToast } from '../../app/toasts.tsx';
import { logTime } from '../../format/times.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog, SecretDialog } from '../../ui/form-dialog.tsx';
import { optionalTextOf, problemOf, textOf } from '../../ui/form-fields.ts';
import { List } from '../../ui/list.tsx';
import { Badge, Card, Empty } from '../../ui/parts.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { useWords } from '../../words/index.ts';
import { AmountField } from './amount-field.tsx';
import { CreditHeader } from './credit-header.tsx';
import { MOVED } from './types.ts';

type Customer = Answer<'listCustomers'>['data'][number];

const NAME_MAX = 100;
const EXTERNAL_ID_MAX = 128;
const REFERENCE_MAX = 200;

/** Customers that a platform elsewhere knows by ids of its own, with what they have. */
export function Customers() {
  const { t } = useWords();
  const { said, say } = useAddress();
  const search = said['text'];
  const list = useRows('listCustomers', search === undefined ? {} : { search }, { keepsLast: true });
  const [isAdding, setIsAdding] = useState(false);
  const [receiver, setReceiver] = useState<Customer>();
  return (
    <>
      <CreditHeader current="customers">
        <Button look="primary" icon="plus" onClick={() => setIsAdding(true)}>
          {t('credit.customers.add')}
        </Button>
      </CreditHeader>
      <p className="mb-3 max-w-prose text-dim">{t('credit.customers.text')}</p>
      <div className="mb-3">
        <SearchField
          label={t('credit.search')}
          value={search ?? ''}
          onSearch={(typed) => say({ text: typed }, 'replaced')}
        />
      </div>
      <Card>
        <CustomerList list={list} isFiltered={search !== undefined} onGive={setReceiver} />
      </Card>
      {isAdding && <AddCustomer onClose={() => setIsAdding(false)} />}
      {receiver !== undefined && <GiveByReference customer={receiver} onClose={() => setReceiver(undefined)} />}
    </>
  );
}

type CustomerListProps = {
  readonly list: ReturnType<typeof useRows<'listCustomers'>>;
  readonly isFiltered: boolean;
  readonly onGive: (customer: Customer) => void;
};

function CustomerList({ list, isFiltered, onGive }: CustomerListProps) {
  const { t, language } = useWords();
  const { amount } = useCredits();
  const empty = isFiltered ? (
    <Empty icon="search" title={t('credit.customers.noneFound')} />
  ) : (
    <Empty icon="credit" title={t('credit.customers.none')} text={t('credit.customers.noneText')} />
  );
  return (
    <List
      list={list}
      label={t('credit.tabs.customers')}
      keyOf={({ organization_id }) => organization_id}
      empty={empty}
      columns={[
        { name: 'customer', head: t('credit.customers.customer'), cell: (row) => <CustomerName customer={row} /> },
        {
          name: 'available',
          head: t('credit.available'),
          isNumber: true,
          cell: ({ balance }) => (
            <span className={balance.available === '0' ? 'text-bad' : ''}>{amount(balance.available)}</span>
          ),
        },
        {
          name: 'remaining',
          head: t('credit.remaining'),
          isNumber: true,
          isMinor: true,
          cell: ({ balance }) => amount(balance.remaining),
        },
        {
          name: 'created',
          head: t('app.createdAt'),
          isMinor: true,
          cell: ({ created_at }) => logTime(created_at, language),
        },
        {
          name: 'give',
          head: '',
          cell: (row) =>
            row.state !== 'closed' && <Button onClick={() => onGive(row)}>{t('credit.customers.give')}</Button>,
        },
      ]}
    />
  );
}

function CustomerName({ customer }: { readonly customer: Customer }) {
  const { t } = useWords();
  const { organization_id: organizationId, name, external_id, state } = customer;
  return (
    <>
      <Link
        to="/$organizationId/credit"
        params={{ organizationId }}
        className="font-medium wrap-anywhere hover:text-accent hover:underline"
      >
        {name}
      </Link>
      <span className="block font-mono text-xs wrap-anywhere text-dim">{external_id}</span>
      {state !== 'active' && <Badge tone="warn">{t(`credit.customers.states.${state}`)}</Badge>}
    </>
  );
}

/** Makes one as a platform would, and shows the secret of its key once. */
function AddCustomer({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWords();
  const toast = useToast();
  const make = useChange('createCustomer', ['listCustomers', 'listOrganizations', ...MOVED]);
  const secret = make.data?.secret;
  if (secret !== undefined) {
    return <SecretDialog title={t('keys.secretTitle')} text={t('keys.secretOnce')} secret={secret} onClose={onClose} />;
  }
  const submit = (fields: FormData): void => {
    const keyName = optionalTextOf(fields, 'key_name');
    const body = {
      external_id: textOf(fields, 'external_id'),
      name: textOf(fields, 'name'),
      ...(keyName === undefined ? {} : { key: { name: keyName } }),
    };
    make.mutate(
      { body },
      {
        onSuccess: (made) => {
          toast(t(made.created ? 'credit.customers.added' : 'credit.customers.wasThere', { name: made.customer.name }));
          if (made.secret === undefined) onClose();
        },
      },
    );
  };
  return (
    <FormDialog
      title={t('credit.customers.add')}
      action={t('app.create')}
      error={make.error?.param === undefined ? make.error : null}
      isBusy={make.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="text-dim">{t('credit.customers.addText')}</p>
      <TextField
        label={t('credit.customers.externalId')}
        name="external_id"
        required
        autoFocus
        maxLength={EXTERNAL_ID_MAX}
        hint={t('credit.customers.externalIdHint')}
        problem={problemOf(make.error, 'external_id')}
      />
      <TextField
        label={t('app.name')}
        name="name"
        required
        maxLength={NAME_MAX}
        problem={problemOf(make.error, 'name')}
      />
      <TextField
        label={t('credit.customers.key')}
        name="key_name"
        isOptional
        maxLength={NAME_MAX}
        hint={t('credit.customers.keyHint')}
        problem={problemOf(make.error, 'key')}
      />
    </FormDialog>
  );
}

function GiveByReference({ customer, onClose }: { readonly customer: Customer; readonly onClose: () => void }) {
  const { t } = useWords();
  const { exactNamed } = useCredits();
  const toast = useToast();
  const give = useChange('giveCustomerCredit', ['listCustomers', ...MOVED]);
  const submit = (fields: FormData): void => {
    const body = {
      reference: textOf(fields, 'reference'),
      amount: textOf(fields, 'amount'),
      name: textOf(fields, 'name'),
    };
    give.mutate(
      { params: { customer_id: customer.id }, body },
      {
        onSuccess: ({ issued }) => {
          toast(t('credit.gave', { amount: exactNamed(issued) }));
          onClose();
        },
      },
    );
  };
  return (
    <FormDialog
      title={t('credit.give')}
      action={t('credit.give')}
      error={give.error?.param === undefined ? give.error : null}
      isBusy={give.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="font-medium wrap-anywhere">{customer.name}</p>
      <ReferenceField error={give.error} />
      <AmountField error={give.error} hint={t('credit.amountHint')} />
      <TextField
        label={t('credit.grantName')}
        name="name"
        required
        maxLength={NAME_MAX}
        hint={t('credit.grantNameHint')}
        problem={problemOf(give.error, 'name')}
      />
    </FormDialog>
  );
}

function ReferenceField({ error }: { readonly error: CallError | null }) {
  const { t } = useWords();
  return (
    <TextField
      label={t('credit.customers.reference')}
      name="reference"
      required
      autoFocus
      maxLength={REFERENCE_MAX}
      hint={t('credit.customers.referenceHint')}
      problem={problemOf(error, 'reference')}
    />
  );
}
