cd /tmp/wt/rls; export PATH=$PWD/node_modules/.bin:$PATH
cp db/schema/work.ts /tmp/rls_work_now.ts
for n in create_walls fill_org_of_sets require_org_of_sets drop_keys_without_org create_doors; do f=$(ls db/migrations | grep "_$n.sql"); t=${f%%_*}; rm -f db/migrations/$f db/migrations/meta/${t}_snapshot.json; done
git checkout -q main -- db/migrations/meta/_journal.json
gen() { timeout 120 npm run -s db:generate -- --name $1 2>&1 | tail -1; }
cp /tmp/rls_work_1.ts db/schema/work.ts; gen create_walls; sleep 1
timeout 60 drizzle-kit generate --custom --name fill_org_of_sets 2>&1 | tail -1; cp /tmp/rls_mig/*fill_org* db/migrations/$(ls db/migrations | grep fill_org); sleep 1
cp /tmp/rls_work_2.ts db/schema/work.ts; gen require_org_of_sets; sleep 1
cp /tmp/rls_work_now.ts db/schema/work.ts; gen drop_keys_without_org; sleep 1
timeout 60 drizzle-kit generate --custom --name create_doors 2>&1 | tail -1; cp /tmp/rls_mig/*create_doors* db/migrations/$(ls db/migrations | grep create_doors)
