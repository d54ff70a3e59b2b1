from deploy.cli import main

# What is begun beside this process reads this file, too.
if __name__ == "__main__":
    main()
