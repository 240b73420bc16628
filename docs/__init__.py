"""The documents, and what makes their tables from the code: nothing here is installed with the job."""
