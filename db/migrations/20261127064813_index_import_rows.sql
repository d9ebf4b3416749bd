DROP INDEX "import_row_external";--> statement-breakpoint
DROP INDEX "import_row_other";--> statement-breakpoint
CREATE INDEX "import_row_external_name" ON "import_row" USING btree ("external_id","import_id");--> statement-breakpoint
CREATE INDEX "import_row_other_name" ON "import_row" USING btree ("other_id","import_id") WHERE "import_row"."other_id" is not null;--> statement-breakpoint
CREATE INDEX "import_row_linked" ON "import_row" USING btree ("import_id","row") WHERE "import_row"."links" is not null;