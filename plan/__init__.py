"""What is asked, what does it need? Pure values: no network, no pulumi, no pyinfra."""
