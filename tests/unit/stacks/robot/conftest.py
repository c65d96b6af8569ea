from tests.fakes.robot.fixtures import fake, robot, waits

__all__ = ["fake", "robot", "waits"]
